# SPDX-License-Identifier: GPL-2.0-or-later WITH cryptsetup-OpenSSL-exception
"""What tests need beside the demo to meet encrypted pictures."""
import secrets

from harness import openips
from imsio import COMPANY


class Vault:
    """A master key beside the data, a customer key, and the demo's mug encrypted with it."""

    def __init__(self, data, build):
        self.folder, self.build = data.parent, build
        self.secret = secrets.token_hex(32)
        (self.folder / "master").write_text(self.secret)
        self.master = f"file:{self.folder / 'master'}"
        self.file = self.folder / "files" / "vault.png"
        self.file.parent.mkdir()
        self.command(data, "export", "a|741", "-o", self.file)
        self.key = self.command(data, "key", "add", "--company", COMPANY).stdout.strip()
        done = self.command(data, "import", "--company", COMPANY, "--key", self.key, self.file)
        self.handle = done.stdout.split("\t")[0]

    def command(self, data, *arguments, check=True):
        return openips(*arguments, "--data", data, "--master-key", self.master, build=self.build, check=check)

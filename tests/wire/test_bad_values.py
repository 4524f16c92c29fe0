# SPDX-License-Identifier: GPL-2.0-or-later WITH cryptsetup-OpenSSL-exception
"""Invalid values over the wire: refused by GET /is/image and by copyImage, in words that help.

The unit tests try every command of the table; here is a sample of each kind of mistake."""
import unittest
from urllib.parse import quote

from harness import Server
from soapio import call, copy_parameters, get

# command, values that are below, above, of the wrong type, empty, too many or too few parts
ROWS = {
    "wid": ["0", "-1", "1.5", "abc", "", "10,20", "1e3", "0x10", "99999999999999999999"],
    "hei": ["0", "-20", "12px", "", "5,"],
    "scl": ["0", "-1", "x", "", "1,1"],
    "fit": ["cover", "", "fit,2", "fit,1,1", "FIT", "fit,"],
    "align": ["0", "2,0", "0,-1.01", "0,0,0", "left,top", ""],
    "rgn": ["0,0,0,0", "1,2,3", "0,0,10,-1", "a,b,c,d", "1,2,3,4,5", "0,0,1.5,1"],
    "rect": ["0,0,10", "0,0,10,0", "0,0,10,10,0", "0,0,10,10,1,1"],
    "bgc": ["red", "fff", "256,0,0", "1,2,3,4,5", "", "0,0,101,0k"],
    "crop": ["1,2,3", "0,0,-1,5", "0,0,5,5,5", "0.5,0,5,5", ""],
    "cropN": ["0,0,1", "0,0,-0.1,1", "x,0,1,1"],
    "size": ["5", "-1,5", "5,5,5", "2.5,2"],
    "scale": ["0", "-1", "", "big"],
    "res": ["0", "-72", "fine"],
    "flip": ["x", "", "lr,ud", "LR"],
    "rotate": ["right", "", "10,20", "90deg"],
    "extend": ["1,2,3", "1,2,3,4,5", "1.5,0,0,0"],
    "anchor": ["1", "1.5,2", "a,b"],
    "resMode": ["lanczos", "", "bicub,bilin"],
    "fmt": ["exe", "", "jpeg,hsv", "jpeg,rgb,zip", "png8,gray", "tif-alpha,rgb,jpeg", "tif,rgb,lzw,1"],
    "qlt": ["0", "101", "80,2", "80,1,1", "high", "", "80.5"],
    "op_brightness": ["-101", "101", "1.5", "", "1,2"],
    "op_contrast": ["-101", "101", "x"],
    "op_saturation": ["-101", "101", "x"],
    "op_hue": ["-181", "181", "10.5"],
    "op_colorbalance": ["1,2", "1,2,101", "1,2,3,4"],
    "op_colorize": ["50", "red", "ff0000,maybe", "ff0000,norm,101"],
    "op_invert": ["2", "-1", "yes", ""],
    "op_noise": ["101", "-1", "5,white", "5,uniform,2"],
    "op_blur": ["-0.1", "100.1", "soft", "1,1"],
    "op_sharpen": ["2", "more"],
    "op_usm": ["5.1", "-1", "1,251", "1,1,256", "1,1,1,2", "1,1,1,1,1"],
    "op_grow": ["-101", "101", "0.5"],
    "opac": ["101", "-1", "50,101", "50,50,50", "half"],
    "color": ["blue", "", "1,101"],
    "bgColor": ["300,0,0", "12345"],
    "maskUse": ["on", ""],
    "hide": ["2", ""],
    "clipPath": ["L1,2", "M1", "M0,0Q1,1,2,2", "nonsense"],
    "perspective": ["1,2,3,4,5,6,7", "0,0,1,0,1,1,0,1,R9", "0,0,1,0,1,1,0,1,R3T201"],
    "iccEmbed": ["2", ""],
    "icc": ["", "sRGB,vivid", "sRGB,relative,2"],
    "jpegSize": ["-1", "1.5", ""],
    "pscan": ["2", "6", ""],
    "printRes": ["0", "-1", "x"],
    "quantize": ["best", "web,dots", "web,off,1", "web,off,257", "web,off,2,red",
                 "web,off,8,000,00", "web,off,8,0x00ff", "web,off,8,00000", "web,off,8,000000,"],
    "dpr": ["maybe", "on,0", "on,-1", "on,2,2"],
    "effect": ["0", "1.5", ""],
    "layer": ["-1", "1.5", "", "comp,a", "nobody"],
    "cache": ["maybe", "on,validate", "update,on", ""],
    "req": ["", "picture", "img,word"],
}
TEXTS = [(name, f"{name}={quote(value, safe=',')}") for name, values in ROWS.items() for value in values]


class BadValues(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.server = Server()
        cls.addClassCleanup(cls.server.stop)

    def test_image(self):
        for name, text in TEXTS:
            with self.subTest(text):
                reply = get(self.server, f"/is/image/ApiTestCo/mug?{text}")
                self.assertEqual(reply.status // 100, 4)
                self.assertTrue(reply.text.startswith(f"{name}="), reply.text)

    def test_copy(self):
        for name, text in TEXTS:
            with self.subTest(text):
                fault = call(self.server, "copyImage", copy_parameters("never", text)).fault
                self.assertIsNotNone(fault)
                self.assertEqual(fault[1], 30001, fault)
                self.assertIn(f"{name}=", fault[2])
        taken = get(self.server, "/is/image/ApiTestCo/never")
        self.assertEqual(taken.status, 404)


if __name__ == "__main__":
    unittest.main()

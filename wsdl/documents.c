/* SPDX-License-Identifier: GPL-2.0-or-later WITH cryptsetup-OpenSSL-exception */
/* The generated documents inside the binary. The assembler reads them: as text in C they would be
 * millions of tokens. */
#include "contract.h"

#define DOCUMENTS(X)                                                                               \
	X(bare, "", "IpsApi.wsdl")                                                                 \
	X(v20080115, "2008-01-15", "IpsApi-2008-01-15.wsdl")                                       \
	X(v20080910, "2008-09-10", "IpsApi-2008-09-10.wsdl")                                       \
	X(v20090731, "2009-07-31", "IpsApi-2009-07-31.wsdl")                                       \
	X(v20100131, "2010-01-31", "IpsApi-2010-01-31.wsdl")                                       \
	X(v20120214, "2012-02-14", "IpsApi-2012-02-14.wsdl")                                       \
	X(v20130215, "2013-02-15", "IpsApi-2013-02-15.wsdl")                                       \
	X(v20140403, "2014-04-03", "IpsApi-2014-04-03.wsdl")

#define BYTES(name, version, file)                                                                 \
	__asm__(".pushsection .rodata\n"                                                           \
		"document_" #name ":\n"                                                            \
		".incbin \"" file "\"\n"                                                           \
		"document_" #name "_end:\n"                                                        \
		".byte 0\n"                                                                        \
		".globl document_" #name "\n"                                                      \
		".globl document_" #name "_end\n"                                                  \
		".popsection\n");                                                                  \
	extern const char document_##name[] __attribute__((visibility("hidden")));                 \
	extern const char document_##name##_end[] __attribute__((visibility("hidden")));
DOCUMENTS(BYTES)

#define ROW(name, version, file) { version, document_##name, document_##name##_end },
const struct ips_contract_document ips_contract_documents[] = { DOCUMENTS(ROW) };
const size_t ips_contract_document_count =
    sizeof(ips_contract_documents) / sizeof(ips_contract_documents[0]);

<?php
// SPDX-License-Identifier: GPL-2.0-or-later WITH cryptsetup-OpenSSL-exception
// PHP SoapClient: SOAP 1.1 and 1.2, header and Basic, a fault. Contract of the output: README.md.
[, $base, $user, $password, $prefix] = $argv;
$types = 'http://www.scene7.com/IpsApi/xsd/2014-04-03';
$copy = ['companyHandle' => 'c|6', 'assetHandle' => 'a|739|1|537', 'folderHandle' => 'ApiTestCo/', 'urlModifier' => 'wid=64'];

function client(string $base, array $options): SoapClient
{
    return new SoapClient(
        $base . '/scene7/webservice/IpsApi-2014-04-03.wsdl',
        $options + ['cache_wsdl' => WSDL_CACHE_NONE, 'exceptions' => true]
    );
}

function auth_header(string $types, string $user, string $password): SoapHeader
{
    $value = ['user' => $user, 'password' => $password, 'appName' => 'php', 'appVersion' => PHP_VERSION];
    return new SoapHeader($types, 'authHeader', (object) $value); // an array would become a Map
}

foreach (['header' => SOAP_1_1, 'soap12' => SOAP_1_2] as $kind => $version) {
    $client = client($base, ['soap_version' => $version]);
    $client->__setSoapHeaders(auth_header($types, $user, $password));
    echo $kind, ' ', $client->copyImage(['name' => "$prefix-$kind"] + $copy)->assetHandle, "\n";
}

$basic = client($base, ['login' => $user, 'password' => $password]);
echo 'basic ', $basic->copyImage(['name' => "$prefix-basic"] + $copy)->assetHandle, "\n";

try {
    $basic->copyImage(['name' => "$prefix-basic"] + $copy);
} catch (SoapFault $fault) {
    $name = $fault->faultstring;
    echo 'fault ', $fault->detail->$name->code, ' ', $name, ' ', $fault->detail->$name->reason, "\n";
}

#!/usr/bin/perl
# SPDX-License-Identifier: GPL-2.0-or-later WITH cryptsetup-OpenSSL-exception
# SOAP::Lite: stubs from the WSDL's names, header and Basic, a fault. Contract of the output: README.md.
use strict;
use warnings;
use MIME::Base64;
use SOAP::Lite;

my ($base, $user, $password, $prefix) = @ARGV;
my $types = 'http://www.scene7.com/IpsApi/xsd/2014-04-03';
my $wsdl = "$base/scene7/webservice/IpsApi-2014-04-03.wsdl";

sub parameters {
    my ($name) = @_;
    my @values = (
        [companyHandle => 'c|6'],   [assetHandle => 'a|739|1|537'],
        [folderHandle  => 'ApiTestCo/'], [name => $name],
        [urlModifier   => 'wid=64'],
    );
    return map { SOAP::Data->name($_->[0] => $_->[1])->type('string') } @values;
}

sub call {
    my ($soap, $name, @header) = @_;
    my $method = SOAP::Data->name('copyImageParam')->attr({ xmlns => $types });
    return $soap->call($method, parameters($name), @header);
}

# The endpoint of the first port, as SOAP::Lite's own reader of WSDLs finds it.
my $services = SOAP::Schema->new(schema_url => $wsdl)->parse->services;
my $endpoint = $services->{IpsApiService}{copyImage}{endpoint}->value;
my $soap = SOAP::Lite->proxy($endpoint)->on_action(sub { 'copyImage' })->on_fault(sub { $_[1] });

my $header = SOAP::Header->name(authHeader => \SOAP::Data->value(
    SOAP::Data->name(user => $user), SOAP::Data->name(password => $password),
    SOAP::Data->name(appName => 'perl'), SOAP::Data->name(appVersion => '1'),
))->attr({ xmlns => $types });
print 'header ', call($soap, "$prefix-header", $header)->result, "\n";

$soap->transport->proxy->default_header(Authorization =>
    'Basic ' . encode_base64("$user:$password", ''));
print 'basic ', call($soap, "$prefix-basic")->result, "\n";

my $fault = call($soap, "$prefix-basic");
my ($name) = keys %{ $fault->faultdetail };
print join(' ', 'fault', $fault->faultdetail->{$name}{code}, $name, $fault->faultdetail->{$name}{reason}), "\n";

<?xml version="1.0" encoding="UTF-8"?>
<!-- SPDX-License-Identifier: GPL-2.0-or-later WITH cryptsetup-OpenSSL-exception -->
<!-- ips.xsd into a WSDL. Parameters:
     version  '' for the unversioned document, or '2014-04-03' and the like
     private  'yes': one namespace, all versions at once, everything optional, for wsdl2h alone

     The address is a placeholder that the server replaces. Names, order and quirks are those of the
     published documents, but that soap:fault has its name: strict readers ask for it, none minds. -->
<xsl:stylesheet version="1.0" xmlns:xsl="http://www.w3.org/1999/XSL/Transform"
    xmlns:xs="http://www.w3.org/2001/XMLSchema" xmlns:v="urn:openips:version"
    xmlns:ips="http://www.scene7.com/IpsApi/xsd" xmlns:wsdl="http://schemas.xmlsoap.org/wsdl/"
    xmlns:soap="http://schemas.xmlsoap.org/wsdl/soap/" xmlns:soap12="http://schemas.xmlsoap.org/wsdl/soap12/"
    xmlns:tns="http://www.scene7.com/IpsApi" xmlns:x="http://exslt.org/common"
    exclude-result-prefixes="v ips x xs" extension-element-prefixes="x">
  <xsl:output method="xml" encoding="UTF-8" indent="yes"/>
  <xsl:strip-space elements="*"/>

  <xsl:param name="version"/>
  <xsl:param name="private"/>

  <xsl:variable name="bare" select="'http://www.scene7.com/IpsApi/xsd'"/>
  <xsl:variable name="namespace">
    <xsl:value-of select="$bare"/>
    <xsl:if test="$version != ''">/<xsl:value-of select="$version"/></xsl:if>
  </xsl:variable>
  <!-- As a number, so that versions can be compared; the unversioned one is 0. -->
  <xsl:variable name="at" select="number(concat('0', translate($version, '-', '')))"/>
  <!-- From 2014-04-03 on the header bound to the operations is that of the version. -->
  <xsl:variable name="own-header" select="$at &gt;= 20140403"/>

  <xsl:template match="/xs:schema">
    <!-- Result prefixes can only be computed by copying namespace nodes. -->
    <xsl:variable name="prefixes">
      <xsl:element name="types:p" namespace="{$namespace}"/>
      <xsl:element name="flt:p" namespace="{$bare}"/>
      <xsl:choose>
        <xsl:when test="$own-header"><xsl:element name="hdr:p" namespace="{$namespace}"/></xsl:when>
        <xsl:otherwise><xsl:element name="hdr:p" namespace="{$bare}"/></xsl:otherwise>
      </xsl:choose>
    </xsl:variable>
    <wsdl:definitions name="IpsApi" targetNamespace="http://www.scene7.com/IpsApi">
      <xsl:copy-of select="x:node-set($prefixes)/*/namespace::*[name() != 'xml']"/>
      <wsdl:types>
        <xsl:choose>
          <xsl:when test="$version = ''">
            <xs:schema targetNamespace="{$bare}" elementFormDefault="qualified">
              <xsl:call-template name="shapes"/>
              <xsl:call-template name="common"/>
            </xs:schema>
          </xsl:when>
          <xsl:otherwise>
            <xs:schema targetNamespace="{$namespace}" elementFormDefault="qualified">
              <xsl:if test="$own-header">
                <xsl:apply-templates select="xs:element[@name = 'authHeader']" mode="sequence"/>
              </xsl:if>
              <xsl:call-template name="shapes"/>
            </xs:schema>
            <xs:schema targetNamespace="{$bare}" elementFormDefault="qualified">
              <xsl:call-template name="common"/>
            </xs:schema>
          </xsl:otherwise>
        </xsl:choose>
      </wsdl:types>
      <xsl:call-template name="messages"/>
      <xsl:call-template name="port-type"/>
      <xsl:call-template name="binding"/>
      <xsl:if test="$private != 'yes'">
        <xsl:call-template name="binding12"/>
      </xsl:if>
      <wsdl:service name="IpsApiService">
        <wsdl:port name="IpsApiSoapPort" binding="tns:IpsApiServiceSoapBinding">
          <soap:address location="@ADDRESS@"/>
        </wsdl:port>
        <xsl:if test="$private != 'yes'">
          <wsdl:port name="IpsApiSoap12Port" binding="tns:IpsApiServiceSoap12Binding">
            <soap12:address location="@ADDRESS@"/>
          </wsdl:port>
        </xsl:if>
      </wsdl:service>
    </wsdl:definitions>
  </xsl:template>

  <!-- ==== Schemas ==== -->

  <xsl:template name="shapes">
    <xsl:apply-templates select="xs:element[not(@v:common)] | xs:complexType"/>
  </xsl:template>
  <xsl:template name="common">
    <xsl:apply-templates select="xs:element[@v:common]"/>
  </xsl:template>

  <xsl:template match="xs:*">
    <xsl:if test="$private = 'yes' or
        (not(translate(@v:since, '-', '') &gt; $at) and not(translate(@v:until, '-', '') &lt;= $at))">
      <xsl:element name="xs:{local-name()}" namespace="http://www.w3.org/2001/XMLSchema">
        <xsl:apply-templates select="@*"/>
        <xsl:if test="$private = 'yes' and self::xs:element and not(parent::xs:schema)">
          <xsl:attribute name="minOccurs">0</xsl:attribute>
        </xsl:if>
        <xsl:apply-templates/>
      </xsl:element>
    </xsl:if>
  </xsl:template>
  <xsl:template match="@*"><xsl:copy/></xsl:template>
  <xsl:template match="@v:*"/>
  <xsl:template match="@type[starts-with(., 'ips:')]">
    <xsl:attribute name="type">types:<xsl:value-of select="substring-after(., ':')"/></xsl:attribute>
  </xsl:template>
  <xsl:template match="text() | comment()"/>

  <!-- wsdl2h makes of a sequence what our decoder needs, and no room for unknown attributes. -->
  <xsl:template match="xs:all">
    <xsl:choose>
      <xsl:when test="$private = 'yes'"><xs:sequence><xsl:apply-templates/></xs:sequence></xsl:when>
      <xsl:otherwise><xs:all><xsl:apply-templates/></xs:all></xsl:otherwise>
    </xsl:choose>
  </xsl:template>
  <xsl:template match="xs:anyAttribute">
    <xsl:if test="$private != 'yes'"><xs:anyAttribute><xsl:copy-of select="@*"/></xs:anyAttribute></xsl:if>
  </xsl:template>

  <xsl:template match="xs:element[@name = 'authHeader']" mode="sequence">
    <xs:element name="authHeader">
      <xs:complexType>
        <xs:sequence>
          <xsl:for-each select="xs:complexType/xs:all/xs:element">
            <xs:element name="{@name}" type="{@type}">
              <xsl:if test="not(@v:required-since)"><xsl:attribute name="minOccurs">0</xsl:attribute></xsl:if>
            </xs:element>
          </xsl:for-each>
        </xs:sequence>
        <xsl:apply-templates select="xs:complexType/xs:anyAttribute"/>
      </xs:complexType>
    </xs:element>
  </xsl:template>

  <!-- ==== Messages, port type, bindings ==== -->

  <xsl:variable name="operations" select="/xs:schema/xs:element[
      substring(@name, string-length(@name) - 4) = 'Param' and ($private = 'yes' or
      (not(translate(@v:since, '-', '') &gt; $at) and not(translate(@v:until, '-', '') &lt;= $at)))]"/>
  <xsl:template name="operation-name">
    <xsl:value-of select="substring(@name, 1, string-length(@name) - 5)"/>
  </xsl:template>

  <xsl:template name="messages">
    <wsdl:message name="authHeader"><wsdl:part name="authHeader" element="hdr:authHeader"/></wsdl:message>
    <wsdl:message name="ipsApiFaultException"><wsdl:part name="fault" element="flt:ipsApiFault"/></wsdl:message>
    <wsdl:message name="authenticationFaultException"><wsdl:part name="fault" element="flt:authenticationFault"/></wsdl:message>
    <wsdl:message name="authorizationFaultException"><wsdl:part name="fault" element="flt:authorizationFault"/></wsdl:message>
    <xsl:for-each select="$operations">
      <xsl:variable name="name"><xsl:call-template name="operation-name"/></xsl:variable>
      <wsdl:message name="{$name}"><wsdl:part name="input" element="types:{$name}Param"/></wsdl:message>
      <wsdl:message name="{$name}Response"><wsdl:part name="output" element="types:{$name}Return"/></wsdl:message>
    </xsl:for-each>
  </xsl:template>

  <xsl:template name="port-type">
    <wsdl:portType name="IpsApiPortType">
      <xsl:for-each select="$operations">
        <xsl:variable name="name"><xsl:call-template name="operation-name"/></xsl:variable>
        <wsdl:operation name="{$name}">
          <wsdl:input message="tns:{$name}"/>
          <wsdl:output message="tns:{$name}Response"/>
          <wsdl:fault name="ipsApiFault" message="tns:ipsApiFaultException"/>
          <wsdl:fault name="authenticationFault" message="tns:authenticationFaultException"/>
          <wsdl:fault name="authorizationFault" message="tns:authorizationFaultException"/>
        </wsdl:operation>
      </xsl:for-each>
    </wsdl:portType>
  </xsl:template>

  <xsl:template name="binding">
    <wsdl:binding name="IpsApiServiceSoapBinding" type="tns:IpsApiPortType">
      <soap:binding style="document" transport="http://schemas.xmlsoap.org/soap/http"/>
      <xsl:for-each select="$operations">
        <xsl:variable name="name"><xsl:call-template name="operation-name"/></xsl:variable>
        <wsdl:operation name="{$name}">
          <soap:operation soapAction="{$name}"/>
          <wsdl:input>
            <soap:header message="tns:authHeader" part="authHeader" use="literal" namespace="http://www.scene7.com/IpsApi"/>
            <soap:body use="literal" namespace="http://www.scene7.com/IpsApi"/>
          </wsdl:input>
          <wsdl:output>
            <soap:body use="literal" namespace="http://www.scene7.com/IpsApi"/>
          </wsdl:output>
          <wsdl:fault name="ipsApiFault"><soap:fault name="ipsApiFault" use="literal"/></wsdl:fault>
          <wsdl:fault name="authenticationFault"><soap:fault name="authenticationFault" use="literal"/></wsdl:fault>
          <wsdl:fault name="authorizationFault"><soap:fault name="authorizationFault" use="literal"/></wsdl:fault>
        </wsdl:operation>
      </xsl:for-each>
    </wsdl:binding>
  </xsl:template>

  <xsl:template name="binding12">
    <wsdl:binding name="IpsApiServiceSoap12Binding" type="tns:IpsApiPortType">
      <soap12:binding style="document" transport="http://schemas.xmlsoap.org/soap/http"/>
      <xsl:for-each select="$operations">
        <xsl:variable name="name"><xsl:call-template name="operation-name"/></xsl:variable>
        <wsdl:operation name="{$name}">
          <soap12:operation soapAction="{$name}"/>
          <wsdl:input>
            <soap12:header message="tns:authHeader" part="authHeader" use="literal" namespace="http://www.scene7.com/IpsApi"/>
            <soap12:body use="literal" namespace="http://www.scene7.com/IpsApi"/>
          </wsdl:input>
          <wsdl:output>
            <soap12:body use="literal" namespace="http://www.scene7.com/IpsApi"/>
          </wsdl:output>
          <wsdl:fault name="ipsApiFault"><soap12:fault name="ipsApiFault" use="literal"/></wsdl:fault>
          <wsdl:fault name="authenticationFault"><soap12:fault name="authenticationFault" use="literal"/></wsdl:fault>
          <wsdl:fault name="authorizationFault"><soap12:fault name="authorizationFault" use="literal"/></wsdl:fault>
        </wsdl:operation>
      </xsl:for-each>
    </wsdl:binding>
  </xsl:template>
</xsl:stylesheet>

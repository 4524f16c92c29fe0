<?xml version="1.0" encoding="UTF-8"?>
<!-- SPDX-License-Identifier: GPL-2.0-or-later WITH cryptsetup-OpenSSL-exception -->
<!-- ips.xsd into the table of contract.h: where each element lives in the structures that soapcpp2
     makes, and in which versions it exists. -->
<xsl:stylesheet version="1.0" xmlns:xsl="http://www.w3.org/1999/XSL/Transform"
    xmlns:xs="http://www.w3.org/2001/XMLSchema" xmlns:v="urn:openips:version">
  <xsl:output method="text" encoding="UTF-8"/>
  <xsl:strip-space elements="*"/>

  <xsl:template match="/xs:schema">
    <xsl:text>/* Generated from ips.xsd. */&#10;#include "contract.h"&#10;#include "soapStub.h"&#10;&#10;</xsl:text>
    <xsl:apply-templates select="xs:complexType" mode="declare"/>
    <xsl:apply-templates select="xs:complexType | xs:element[not(@v:common)]" mode="table"/>
    <xsl:text>&#10;const struct ips_contract_operation ips_contract_operations[] = {&#10;</xsl:text>
    <xsl:for-each select="xs:element[substring(@name, string-length(@name) - 4) = 'Param']">
      <xsl:variable name="name" select="substring(@name, 1, string-length(@name) - 5)"/>
      <xsl:text>	{ "</xsl:text><xsl:value-of select="$name"/>
      <xsl:text>", &amp;shape_</xsl:text><xsl:value-of select="$name"/>
      <xsl:text>Param, &amp;shape_</xsl:text><xsl:value-of select="$name"/>
      <xsl:text>Return, </xsl:text><xsl:call-template name="life"/><xsl:text> },&#10;</xsl:text>
    </xsl:for-each>
    <xsl:text>};&#10;const size_t ips_contract_operation_count = sizeof(ips_contract_operations) / sizeof(ips_contract_operations[0]);&#10;</xsl:text>
  </xsl:template>

  <xsl:template match="xs:complexType" mode="declare">
    <xsl:text>static const struct ips_contract_shape shape_</xsl:text><xsl:value-of select="@name"/><xsl:text>;&#10;</xsl:text>
  </xsl:template>

  <xsl:template match="xs:complexType | xs:element" mode="table">
    <xsl:variable name="struct">
      <xsl:choose>
        <xsl:when test="self::xs:element">_ips__</xsl:when>
        <xsl:otherwise>ips__</xsl:otherwise>
      </xsl:choose>
      <xsl:value-of select="@name"/>
    </xsl:variable>
    <xsl:variable name="fields" select="xs:sequence/xs:element | xs:complexType/xs:sequence/xs:element"/>
    <xsl:if test="$fields">
      <xsl:text>static const struct ips_contract_field fields_</xsl:text><xsl:value-of select="@name"/>
      <xsl:text>[] = {&#10;</xsl:text>
      <xsl:for-each select="$fields">
        <xsl:text>	{ "</xsl:text><xsl:value-of select="@name"/><xsl:text>", </xsl:text>
        <xsl:choose>
          <xsl:when test="@maxOccurs">
            <xsl:text>true, </xsl:text>
          </xsl:when>
          <xsl:otherwise>false, </xsl:otherwise>
        </xsl:choose>
        <xsl:choose>
          <xsl:when test="starts-with(@type, 'ips:')">IPS_CONTRACT_STRUCT, &amp;shape_<xsl:value-of select="substring-after(@type, ':')"/></xsl:when>
          <xsl:otherwise>IPS_CONTRACT_<xsl:value-of select="substring-after(@type, ':')"/>, NULL</xsl:otherwise>
        </xsl:choose>
        <xsl:text>, offsetof(struct </xsl:text><xsl:value-of select="$struct"/><xsl:text>, </xsl:text>
        <xsl:call-template name="member"><xsl:with-param name="name" select="@name"/></xsl:call-template>
        <xsl:text>), </xsl:text>
        <xsl:call-template name="life"/>
        <xsl:text> },&#10;</xsl:text>
      </xsl:for-each>
      <xsl:text>};&#10;</xsl:text>
    </xsl:if>
    <xsl:text>static const struct ips_contract_shape shape_</xsl:text><xsl:value-of select="@name"/>
    <xsl:text> = { sizeof(struct </xsl:text><xsl:value-of select="$struct"/><xsl:text>), </xsl:text>
    <xsl:choose>
      <xsl:when test="$fields">
        <xsl:text>fields_</xsl:text><xsl:value-of select="@name"/><xsl:text>, </xsl:text>
        <xsl:value-of select="count($fields)"/>
      </xsl:when>
      <xsl:otherwise>NULL, 0</xsl:otherwise>
    </xsl:choose>
    <xsl:text> };&#10;</xsl:text>
  </xsl:template>

  <!-- The member's name as gSOAP spells it: '_' is its own, and words of C++ get one behind. -->
  <xsl:template name="member">
    <xsl:param name="name"/>
    <xsl:choose>
      <xsl:when test="contains($name, '_')">
        <xsl:value-of select="concat(substring-before($name, '_'), '_USCORE')"/>
        <xsl:call-template name="member">
          <xsl:with-param name="name" select="substring-after($name, '_')"/>
        </xsl:call-template>
      </xsl:when>
      <xsl:when test="$name = 'class'">class_</xsl:when>
      <xsl:otherwise><xsl:value-of select="$name"/></xsl:otherwise>
    </xsl:choose>
  </xsl:template>

  <!-- since, until: dates as numbers -->
  <xsl:template name="life">
    <xsl:value-of select="number(concat('0', translate(@v:since, '-', '')))"/>
    <xsl:text>, </xsl:text>
    <xsl:choose>
      <xsl:when test="@v:until"><xsl:value-of select="translate(@v:until, '-', '')"/></xsl:when>
      <xsl:otherwise>IPS_CONTRACT_FOREVER</xsl:otherwise>
    </xsl:choose>
  </xsl:template>
</xsl:stylesheet>

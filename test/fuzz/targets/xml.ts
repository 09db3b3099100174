import { isDeepStrictEqual } from 'node:util'
import { element, escapeXml, parseXml, type XmlElement } from '../../../src/wire/xml.ts'
import type { Target } from '../fuzzer.ts'
import { refusal } from './refusal.ts'

/** What is read means the same when it is written again; nothing that is named in a document is fetched or grown. */
export const xmlDocument: Target = {
  name: 'xml',
  seeds: [
    '<?xml version="1.0" encoding="UTF-8"?>\n<a xmlns="urn:x" b=\'1 &quot;2&quot;\'><c>t&#x1F600;&amp;</c><c/><!-- -->\r\n<![CDATA[<&>]]></a>',
    '<Tagging xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><TagSet><Tag><Key>k</Key><Value> v </Value></Tag></TagSet></Tagging>',
    '<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>',
  ],
  tokens: [
    '<a>',
    '</a>',
    '<a/>',
    '<a b="',
    '"',
    "'",
    '>',
    '<',
    '&',
    '&#0;',
    '&#55296;',
    '&#x10FFFF;',
    '&lt;',
    ';',
    '<!--',
    '-->',
    '<![CDATA[',
    ']]>',
    '<?',
    '?>',
    '<!DOCTYPE',
    ' xmlns:a="b"',
    ' ',
    '\n',
    '\ufeff',
    '=',
    '/',
  ],
  run(input) {
    try {
      const source = input.toString()
      const root = parseXml(source)
      const written = write(root)
      if (!isDeepStrictEqual(parseXml(written), root))
        throw new TypeError('written again it is another')
      return `${root.children.length > 3 ? 'many' : root.children.length} ${root.attributes.size}`
    } catch (error) {
      return refusal(error)
    }
  },
}

function write({ name, attributes, children, text }: XmlElement): string {
  const listed = [...attributes].map(([key, value]) => ` ${key}="${escapeXml(value)}"`)
  return element(name, escapeXml(text) + children.map(write).join(''), listed.join(''))
}

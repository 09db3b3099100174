import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { limits } from '../limits.ts'
import { element, escapeXml, parseXml, type XmlElement } from './xml.ts'

const names = fc.stringMatching(/^[A-Za-z_][\w.-]{0,8}$/)
/** Without what XML cannot hold, which the writer replaces. */
const texts = fc
  .string({ unit: 'binary', maxLength: 20 })
  // biome-ignore lint/suspicious/noControlCharactersInRegex: those that XML cannot hold
  .map((text) => text.toWellFormed().replace(/[\0-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]/g, ''))
const tree = (depth: number): fc.Arbitrary<XmlElement> =>
  fc.record({
    name: names,
    attributes: fc
      .uniqueArray(fc.tuple(names, texts), { selector: ([name]) => name, maxLength: 3 })
      .map((all) => new Map(all)),
    children: fc.array(depth === 0 ? fc.constant(leaf) : tree(depth - 1), { maxLength: 3 }),
    text: texts,
  })
const leaf: XmlElement = { name: 'leaf', attributes: new Map(), children: [], text: '' }

function write({ name, attributes, children, text }: XmlElement): string {
  const listed = [...attributes].map(([key, value]) => ` ${key}="${escapeXml(value)}"`)
  return element(name, escapeXml(text) + children.map(write).join(''), listed.join(''))
}

test('what is written is read again', () => {
  fc.assert(
    fc.property(tree(2), (root) => {
      expect(parseXml(write(root))).toEqual(root)
    }),
  )
})

test('what XML cannot hold is replaced', () => {
  expect(escapeXml('a\0b\ud800c\r<>&"\'')).toBe('a\ufffdb\ufffdc&#13;&lt;&gt;&amp;&quot;&apos;')
})

test('reads what others write', () => {
  const text =
    '\ufeff<?xml version="1.0"?>\n<!-- a <b> --><a xmlns:x=\'urn:x\' x:b = "&#65;&#x42;">\n <c/><![CDATA[<&]]></a>\n'
  expect(parseXml(text)).toEqual({
    name: 'a',
    attributes: new Map([
      ['xmlns:x', 'urn:x'],
      ['x:b', 'AB'],
    ]),
    children: [{ name: 'c', attributes: new Map(), children: [], text: '' }],
    text: '\n <&',
  })
})

describe('refuses', () => {
  test.each([
    ['nothing', ''],
    ['text alone', 'a'],
    ['two roots', '<a/><b/>'],
    ['text beside the root', '<a/>b'],
    ['a tag left open', '<a><b></a>'],
    ['a tag never opened', '<a></a></b>'],
    ['an attribute without quotes', '<a b=c/>'],
    ['an attribute twice', '<a b="1" b="2"/>'],
    ['an attribute with a tag', '<a b="<"/>'],
    ['an ampersand alone', '<a>&</a>'],
    ['an unknown entity', '<a>&nbsp;</a>'],
    ['a name of Object', '<a>&constructor;</a>'],
    ['a character that is none', '<a>&#0;</a>'],
    ['half a character', '<a>&#xD800;</a>'],
    ['a character past the last', '<a>&#x110000;</a>'],
    ['a DOCTYPE', '<!DOCTYPE a><a/>'],
    ['an external entity', '<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><a>&x;</a>'],
    ['entities that grow', '<!DOCTYPE a [<!ENTITY x "xx"><!ENTITY y "&x;&x;">]><a>&y;</a>'],
    ['a comment without end', '<a><!-- </a>'],
    ['CDATA without end', '<a><![CDATA[ </a>'],
    [
      'too deep a nest',
      `${'<a>'.repeat(limits.nestingMax + 1)}${'</a>'.repeat(limits.nestingMax + 1)}`,
    ],
    ['too many elements', `<a>${'<b/>'.repeat(limits.xmlElementsMax)}</a>`],
  ])('%s', (_, text) => {
    expect(() => parseXml(text)).toThrow(expect.objectContaining({ code: 'MalformedXML' }))
  })

  test.each([
    ['spaces in a tag', `<a${' '.repeat(1_000_000)}`],
    ['attributes', `<a${' b="c"'.repeat(200_000)}`],
    ['brackets', '<'.repeat(1_000_000)],
    ['ampersands', `<a>${'&a'.repeat(500_000)}</a>`],
  ])('a million %s at once', (_, text) => {
    const began = performance.now()
    expect(() => parseXml(text)).toThrow()
    expect(performance.now() - began).toBeLessThan(3_000)
  })
})

import { ApiError } from '../errors.ts'
import { limits } from '../limits.ts'

const escapes: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&apos;',
  '\r': '&#13;',
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: those that XML cannot hold
const forbidden = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/g

/** Text inside an element or attribute; what XML 1.0 cannot hold at all becomes U+FFFD. */
export function escapeXml(text: string): string {
  return text
    .toWellFormed()
    .replaceAll(forbidden, '\ufffd')
    .replace(/[&<>"'\r]/g, (character) => escapes[character]!)
}

/** `<name>…</name>`; `inner` and `attributes` are XML already, the latter with a space in front. */
export function element(name: string, inner: string, attributes = ''): string {
  return `<${name}${attributes}>${inner}</${name.split(' ', 1)[0]}>`
}

/** An element as it was read. Names are as written, prefixes included; text is that of the element itself. */
export type XmlElement = Readonly<{
  name: string
  attributes: ReadonlyMap<string, string>
  children: readonly XmlElement[]
  text: string
}>

/** Its name without the prefix that stands for a namespace. */
export function localName({ name }: Pick<XmlElement, 'name'>): string {
  return name.slice(name.indexOf(':') + 1)
}

type Growing = {
  name: string
  attributes: Map<string, string>
  children: Growing[]
  text: string
}

const name = String.raw`[A-Za-z_][\w.:-]*`
const space = '[ \t\r\n]'
/** A start tag, empty or not. */
const startTag = new RegExp(
  `<(${name})((?:${space}+${name}${space}*=${space}*(?:"[^"<]*"|'[^'<]*'))*)${space}*(/?)>`,
  'y',
)
const attribute = new RegExp(`(${name})${space}*=${space}*(?:"([^"]*)"|'([^']*)')`, 'g')
const endTag = new RegExp(`</(${name})${space}*>`, 'y')
const skipped = /<\?[\s\S]*?\?>|<!--[\s\S]*?-->/y
const cdata = /<!\[CDATA\[([\s\S]*?)\]\]>/y

/**
 * Reads a document into its root element. The five named entities and numbered characters are all that
 * is replaced and a DOCTYPE is refused, so nothing outside the text can be named and nothing expands.
 * Throws ApiError MalformedXML for what is not well-formed, nests deeper than `limits.nestingMax` or
 * has more than `limits.xmlElementsMax` elements.
 */
export function parseXml(source: string): XmlElement {
  if (source.search(forbidden) >= 0) throw malformedXml()
  const document: Growing = { name: '', attributes: new Map(), children: [], text: '' }
  const open: Growing[] = [document]
  let elements = 0
  let at = source.startsWith('\ufeff') ? 1 : 0
  const take = (pattern: RegExp): RegExpExecArray | null => {
    pattern.lastIndex = at
    const match = pattern.exec(source)
    if (match) at = pattern.lastIndex
    return match
  }
  while (at < source.length) {
    const current = open.at(-1)!
    if (source[at] !== '<') {
      const next = source.indexOf('<', at)
      const end = next < 0 ? source.length : next
      current.text += unescapeXml(source.slice(at, end))
      at = end
      continue
    }
    const start = take(startTag)
    if (start) {
      elements++
      if (open.length > limits.nestingMax || elements > limits.xmlElementsMax) throw malformedXml()
      const [, name, attributes, isEmpty] = start as unknown as [string, string, string, string]
      const next = { name, attributes: readAttributes(attributes), children: [], text: '' }
      current.children.push(next)
      if (!isEmpty) open.push(next)
      continue
    }
    const end = take(endTag)
    if (end) {
      if (open.length === 1 || open.pop()!.name !== end[1]) throw malformedXml()
      continue
    }
    const literal = take(cdata)
    if (literal) current.text += literal[1]
    else if (!take(skipped)) throw malformedXml()
  }
  const [root, second] = document.children
  if (open.length > 1 || !root || second || document.text.trim() !== '') throw malformedXml()
  return root
}

function readAttributes(text: string): Map<string, string> {
  const found = new Map<string, string>()
  for (const [, name, double, single] of text.matchAll(attribute)) {
    if (found.has(name!)) throw malformedXml()
    found.set(name!, unescapeXml(double ?? single ?? ''))
  }
  return found
}

const entities: Readonly<Record<string, string>> = {
  amp: '&',
  lt: '<',
  gt: '>',
  quot: '"',
  apos: "'",
}

function unescapeXml(text: string): string {
  if (!text.includes('&')) return text
  return text.replace(/&(?:#(\d{1,7})|#x([\da-fA-F]{1,6})|(\w{2,4}));|&/g, (_, dec, hex, named) => {
    if (named !== undefined && Object.hasOwn(entities, named)) return entities[named]!
    const code = dec !== undefined ? Number(dec) : Number.parseInt(hex, 16)
    if (!isCharacter(code)) throw malformedXml()
    return String.fromCodePoint(code)
  })
}

/** https://www.w3.org/TR/xml/#charsets */
function isCharacter(code: number): boolean {
  if (code < 0x20) return code === 0x9 || code === 0xa || code === 0xd
  return code <= 0xd7ff || (code >= 0xe000 && code <= 0xfffd) || (code > 0xffff && code < 0x110000)
}

/** S3's one refusal of XML that is not what it should be. */
export function malformedXml(): ApiError {
  return new ApiError(
    'MalformedXML',
    'The XML you provided was not well-formed or did not validate against our published schema',
  )
}

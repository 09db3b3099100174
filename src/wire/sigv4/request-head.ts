/**
 * A request before its body, as node:http gives it: strings hold one byte a character (latin1), and
 * nothing is decoded, so that what was signed can be rebuilt exactly.
 */
export type RequestHead = Readonly<{
  method: string
  /** The raw request target: path and query. */
  target: string
  /** Names and values in turn, as received, duplicates included. */
  rawHeaders: readonly string[]
}>

/** Every header's values in the order they came, by its name in lower case. */
export function headersByName({ rawHeaders }: RequestHead): Map<string, string[]> {
  const found = new Map<string, string[]>()
  for (let i = 0; i + 1 < rawHeaders.length; i += 2) {
    const name = rawHeaders[i]!.toLowerCase()
    const values = found.get(name)
    if (values) values.push(rawHeaders[i + 1]!)
    else found.set(name, [rawHeaders[i + 1]!])
  }
  return found
}

/** All values of one header. `name` is in lower case. */
export function headerValues({ rawHeaders }: RequestHead, name: string): string[] {
  return rawHeaders.filter((_, i) => i % 2 === 1 && rawHeaders[i - 1]!.toLowerCase() === name)
}

/** The header's values joined as HTTP joins them; undefined when it is absent. */
export function header(head: RequestHead, name: string): string | undefined {
  const values = headerValues(head, name)
  return values.length === 0 ? undefined : values.map((value) => value.trim()).join(',')
}

/** The path as sent. */
export function rawPath(head: RequestHead): string {
  return head.target.split('?', 1)[0]!
}

/** The query's decoded names and values in the order sent; empty parts between `&` are left out. */
export function queryPairs(head: RequestHead): Array<readonly [name: string, value: string]> {
  const start = head.target.indexOf('?')
  if (start < 0) return []
  const parts = head.target.slice(start + 1).split('&')
  return parts
    .filter((part) => part !== '')
    .map((part) => {
      const equals = part.indexOf('=')
      if (equals < 0) return [decodeQueryPart(part), ''] as const
      return [decodeQueryPart(part.slice(0, equals)), decodeQueryPart(part.slice(equals + 1))]
    })
}

/** A plus in a query is a space, as HTML forms send it and AWS reads it. */
function decodeQueryPart(text: string): string {
  return percentDecode(text.replaceAll('+', ' '))
}

/** Bytes for their `%XX`; a percent sign that starts none stands for itself. */
export function percentDecode(text: string): string {
  if (!text.includes('%')) return text
  return text.replace(/%([0-9a-fA-F]{2})/g, (_, hex) => String.fromCharCode(parseInt(hex, 16)))
}

/** AWS's UriEncode: every byte but RFC 3986's unreserved ones becomes `%XX` in upper case. */
export function percentEncode(text: string): string {
  return text.replace(/[^A-Za-z0-9\-._~]/g, (byte) => {
    return `%${byte.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`
  })
}

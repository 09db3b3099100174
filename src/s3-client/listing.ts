/** An object in a listing; `modified` in milliseconds since the epoch, where the listing tells. */
export type ListedObject = Readonly<{ key: string; size: number; etag: string; modified?: number }>

/** One page of ListObjects or ListObjectsV2. */
export type ListingPage = Readonly<{ objects: readonly ListedObject[]; truncated: boolean }>

/** Reads a ListBucketResult; throws when it is something else. */
export function parseListing(xml: string): ListingPage {
  try {
    return readListing(xml)
  } catch (cause) {
    throw new Error(`not an S3 listing: ${(cause as Error).message}`, { cause })
  }
}

function readListing(xml: string): ListingPage {
  if (!/<ListBucketResult[\s>]/.test(xml)) throw new Error('no ListBucketResult')
  const encoded = /<EncodingType>\s*url\s*<\/EncodingType>/.test(xml)
  const objects = [...xml.matchAll(/<Contents>(.*?)<\/Contents>/gs)].map(([, entry = '']) => {
    const text = (name: string) =>
      unescapeXml(new RegExp(`<${name}>(.*?)</${name}>`, 's').exec(entry)?.[1] ?? '')
    const key = text('Key')
    const modified = Date.parse(text('LastModified'))
    return {
      key: encoded ? decodeURIComponent(key.replaceAll('+', ' ')) : key,
      size: Number(text('Size')),
      etag: text('ETag').replaceAll('"', ''),
      ...(Number.isNaN(modified) ? {} : { modified }),
    }
  })
  return { objects, truncated: /<IsTruncated>\s*true\s*<\/IsTruncated>/.test(xml) }
}

/** The code and text of an S3 error; the status alone where the answer is no error document. */
export function parseError(xml: string, status: number): { code: string; message: string } {
  const text = (name: string) => new RegExp(`<${name}>([^<]*)</${name}>`).exec(xml)?.[1]
  return {
    code: text('Code') ?? String(status),
    message: unescapeXml(text('Message') ?? `HTTP status ${status}`),
  }
}

const entities: Readonly<Record<string, string>> = {
  amp: '&',
  lt: '<',
  gt: '>',
  quot: '"',
  apos: "'",
}

function unescapeXml(text: string): string {
  return text.replace(/&(?:#x([0-9a-f]+)|#(\d+)|(\w+));/gi, (whole, hex, decimal, name) => {
    if (name !== undefined) return entities[name] ?? whole
    return String.fromCodePoint(hex ? Number.parseInt(hex, 16) : Number(decimal))
  })
}

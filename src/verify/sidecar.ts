/**
 * Signatures kept beside a downloaded bucket: a JSON object from the digests' keys to their
 * signatures in hex, or to the `Metadata` that `aws s3api head-object` prints. Keys count from
 * `AWSLogs/` on. Throws on any other form.
 */
export function readSidecar(text: string): Map<string, Record<string, string>> {
  const value: unknown = JSON.parse(text)
  if (typeof value !== 'object' || value === null) throw new Error('no JSON object in it')
  const entries = Object.entries(value).map(([key, kept]) => {
    const start = key.indexOf('AWSLogs/')
    if (start < 0) throw new Error(`not the key of a digest: ${key}`)
    return [key.slice(start), metadataOf(key, kept)] as const
  })
  return new Map(entries)
}

function metadataOf(key: string, kept: unknown): Record<string, string> {
  if (typeof kept === 'string') {
    return { signature: kept, 'signature-algorithm': 'SHA256withRSA' }
  }
  const metadata = typeof kept === 'object' && kept !== null ? Object.entries(kept) : []
  if (metadata.length === 0 || metadata.some(([, value]) => typeof value !== 'string')) {
    throw new Error(`neither a signature nor metadata for ${key}`)
  }
  return Object.fromEntries(metadata.map(([name, value]) => [name.toLowerCase(), value as string]))
}

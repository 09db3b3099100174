import { createHash } from 'node:crypto'
import { mkdirSync, mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import zlib from 'node:zlib'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { checkObjects } from './check.ts'
import type { BlobRef, ObjectVersion } from './contract.ts'
import type { Part } from './uploads.ts'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'contrail-objects-'))
  mkdirSync(join(folder, 'ab'))
})
afterEach(() => rmSync(folder, { recursive: true }))

const path = (id: string) => join(folder, 'ab', id)
const md5 = (text: string) => createHash('md5').update(text).digest('hex')

function blob(id: string, text: string) {
  writeFileSync(path(id), text)
  return { id, size: text.length }
}

const crc32 = (text: string) => {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32BE(zlib.crc32(text))
  return bytes.toString('base64')
}

function version(key: string, blobs: BlobRef[], etag: string, more: Partial<ObjectVersion> = {}) {
  return { key, versionId: 'null', blobs, etag, ...more } as ObjectVersion
}

function stored() {
  const part: Part = { number: 3, blob: blob('abp', 'part'), etag: md5('part'), lastModified: 0 }
  return {
    objects: [
      version('whole', [blob('abw', 'whole')], md5('whole')),
      version('parts', [blob('ab1', 'one'), blob('ab2', 'two')], `${md5('x')}-3`, {
        checksum: { algorithm: 'CRC32', type: 'COMPOSITE', value: 'of the whole' },
        parts: [
          { number: 1, size: 3, checksum: crc32('one') },
          { number: 2, size: 0, checksum: crc32('') },
          { number: 9, size: 3, checksum: crc32('two') },
        ],
      }),
      version('empty', [], md5('')),
    ],
    parts: [part],
  }
}

test('what is as it was stored has no damage', () => {
  expect(checkObjects(folder, stored)).toEqual({ objects: 3, damage: [] })
})

test.each([
  { touch: () => rmSync(path('ab2')), file: 'ab2', of: 'parts (version null)', reason: 'missing' },
  {
    touch: () => truncateSync(path('ab1'), 1),
    file: 'ab1',
    of: 'parts (version null)',
    reason: 'size',
  },
  {
    touch: () => writeFileSync(path('ab2'), 'twO'),
    file: 'ab2',
    of: 'parts (version null)',
    reason: 'checksum',
  },
  {
    touch: () => writeFileSync(path('abw'), 'whola'),
    file: 'abw',
    of: 'whole (version null)',
    reason: 'checksum',
  },
  {
    touch: () => writeFileSync(path('abp'), 'pard'),
    file: 'abp',
    of: 'part 3 of an upload',
    reason: 'checksum',
  },
])('$file, $reason', ({ touch, ...found }) => {
  const rows = stored()
  touch()
  expect(checkObjects(folder, () => rows).damage).toEqual([found])
})

test('what a server at work has let go of meanwhile is no damage', () => {
  const rows = stored()
  rmSync(path('abw'))
  rmSync(path('abp'))
  let reads = 0
  const read = () => (reads++ === 0 ? rows : { objects: rows.objects.slice(1), parts: [] })
  expect(checkObjects(folder, read)).toEqual({ objects: 3, damage: [] })
})

// Log files as AWS delivered them, delivered again: the same records must come in the same form.
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { describe, expect, test } from 'vitest'
import { World } from '../../test/delivery-world.ts'
import { parseLogFileKey } from '../digest/names.ts'

const folder = join(
  import.meta.dirname,
  '../../../shared/data/events/invictus-ir-aws_dataset/raw/CloudTrail',
)
const isHere = existsSync(folder)
if (!isHere) console.warn(`\n!!! SKIPPED: the form of 55 real log files: no ${folder} here !!!\n`)

const names = isHere ? readdirSync(folder).filter((name) => name.endsWith('.json.gz')) : []
const name = /^\d{12}_CloudTrail_[a-z0-9-]+_(\d{8}T\d{4}Z)_[A-Za-z0-9]{16}\.json\.gz$/
const minute = 60_000

function recordsIn(content: string): string[] {
  return content.slice('{"Records":['.length, -']}'.length).split(/(?<=\}),(?=\{"eventVersion")/)
}

describe.skipIf(!isHere)('real log files', () => {
  test('come again under such names, in such folders, with the same bytes of each record', async () => {
    let identical = 0
    for (const real of names) {
      // Whoever published them unpacked them, and left a line feed.
      const content = gunzipSync(readFileSync(join(folder, real)))
        .toString()
        .trimEnd()
      const records = recordsIn(content)
      const { recipientAccountId: accountId, awsRegion } = JSON.parse(records[0]!)
      const world = new World()
      await world.trail('t', { accountId, homeRegion: awsRegion })
      for (const record of records) await world.append(record, 'ingest:cloudtrail')
      await world.open().flush()

      const files = world.files('t-bucket')
      for (const { key, content } of files) {
        expect(basename(key)).toMatch(name)
        const { time, ...place } = parseLogFileKey(key)!
        expect(place).toMatchObject({
          accountId,
          region: awsRegion,
          kind: 'CloudTrail',
          prefix: '',
        })
        const newest = Math.max(
          ...recordsIn(content).map((record) => Date.parse(JSON.parse(record).eventTime)),
        )
        // AWS rounds the time of the newest event up to five minutes.
        expect([time % (5 * minute), Math.floor((time - newest) / (5 * minute))]).toEqual([0, 0])
        expect(content).toMatch(/^\{"Records":\[\{".*\}\]\}$/s)
      }
      const stamps = files.map(({ key }) => name.exec(basename(key))![1]!)
      expect(stamps.sort().at(-1)).toBe(name.exec(real)![1])
      const delivered = files.flatMap(({ content }) => recordsIn(content))
      expect(delivered.sort()).toEqual(records.toSorted())
      if (files.length === 1 && files[0]!.content === content) identical++
    }
    // Those with the events of five minutes: AWS cuts by arrival, so that others have some of earlier ones.
    expect([names.length, identical]).toEqual([55, 18])
  })

  test('are gzip of one member, as ours are', async () => {
    const world = new World()
    await world.trail('t')
    await world.event()
    await world.open().flush()
    const [ours] = world.objects.get('t-bucket')!.values()
    const [real] = names.map((one) => readFileSync(join(folder, one)))
    for (const stored of [ours!.body, real!]) {
      // Magic number, deflate, no name, no comment, no time that would make it differ when made again.
      expect([...stored.subarray(0, 4)]).toEqual([0x1f, 0x8b, 8, 0])
    }
    expect(ours!.body.readUInt32LE(4)).toBe(0)
  })
})

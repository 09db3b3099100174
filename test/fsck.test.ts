import { spawnSync } from 'node:child_process'
import { readdirSync, rmSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { expect, test } from 'vitest'
import { readIngestToken } from '../src/installation.ts'
import { sampleEvent } from './sample-events.ts'
import { startTestServer } from './server.ts'

const launcher = join(dirname(import.meta.dirname), 'contrail')

function contrail(...args: string[]) {
  return spawnSync(launcher, args, { encoding: 'utf8' })
}

test('a journal that was removed is missed, though nothing in it is damaged', async () => {
  const server = await startTestServer()
  const { data } = server
  try {
    const response = await fetch(`${server.url}/ingest/cloudtrail`, {
      method: 'POST',
      headers: { authorization: `Bearer ${readIngestToken(data, 'cloudtrail')}` },
      body: JSON.stringify({ Records: [sampleEvent(Date.now(), { eventID: 'e1' })] }),
    })
    expect(await response.json()).toMatchObject({ accepted: 1 })
    // History follows the journal at its own pace.
    while (contrail('lookup', '--data', data, '--id', 'e1', '--json').stdout === '');
    await server.stop()
    expect(contrail('fsck', '--data', data)).toMatchObject({ status: 0 })
    const journal = join(data, 'journal')
    for (const name of readdirSync(journal)) rmSync(join(journal, name))
    const { status, stdout } = contrail('fsck', '--data', data)
    expect(stdout).toMatch(/missing end: records 1 to \d+, which history has read/)
    expect(status).toBe(1)
  } finally {
    await server.stop()
    rmSync(data, { recursive: true, force: true })
  }
})

import { spawnSync } from 'node:child_process'
import { readdirSync, rmSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { expect, test } from 'vitest'
import { readIngestToken } from '../src/installation.ts'
import { sampleEvent } from './sample-events.ts'
import { startTestServer, type TestServer } from './server.ts'

const launcher = join(dirname(import.meta.dirname), 'contrail')

function contrail(...args: string[]) {
  return spawnSync(launcher, args, { encoding: 'utf8' })
}

/** Takes an event in, and waits until it is found: history follows the journal at its own pace. */
async function takeIn({ url, data }: TestServer, eventID: string): Promise<void> {
  const response = await fetch(`${url}/ingest/cloudtrail`, {
    method: 'POST',
    headers: { authorization: `Bearer ${readIngestToken(data, 'cloudtrail')}` },
    body: JSON.stringify({ Records: [sampleEvent(Date.now(), { eventID })] }),
  })
  expect(await response.json()).toMatchObject({ accepted: 1 })
  while (contrail('lookup', '--data', data, '--id', eventID, '--json').stdout === '');
}

test('a journal that was removed is missed, though nothing in it is damaged', async () => {
  let server = await startTestServer()
  const { data } = server
  try {
    await takeIn(server, 'e1')
    await server.stop()
    expect(contrail('fsck', '--data', data)).toMatchObject({ status: 0 })
    const journal = join(data, 'journal')
    for (const name of readdirSync(journal)) rmSync(join(journal, name))
    const { status, stdout } = contrail('fsck', '--data', data)
    expect(stdout).toMatch(/missing end: records 1 to \d+, which history has read/)
    expect(status).toBe(1)

    // Its numbers are not given out again, or history would take new records for those it has read.
    server = await startTestServer({ data })
    await takeIn(server, 'e2')
    await server.stop()
    expect(contrail('fsck', '--data', data).stdout).toMatch(/missing segment.* record 1$/m)
  } finally {
    await server.stop()
    rmSync(data, { recursive: true, force: true })
  }
})

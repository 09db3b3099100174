// A client of /ingest/cloudtrail: bodies made before the clock starts, sent over kept-alive connections.
import { readFileSync } from 'node:fs'
import { Agent, request } from 'node:http'
import { join } from 'node:path'
import type { TestServer } from '../test/server.ts'
import { generateTrail } from './generate.ts'

const hourMs = 3600_000

/** So many bodies of NDJSON with `records` distinct records each; times lie in the last hour. */
export function makeBodies(
  { bodies, records, seed }: { bodies: number; records: number; seed: number },
  now: number,
): Buffer[] {
  const trail = generateTrail({ events: bodies * records, from: now - hourMs, to: now, seed })
  return Array.from({ length: bodies }, () =>
    Buffer.from(Array.from({ length: records }, () => `${trail.next().value}\n`).join('')),
  )
}

/** Posts every body, `connections` at once; resolves with the bodies a second. Throws unless all is accepted. */
export async function postRate(
  server: TestServer,
  bodies: readonly Buffer[],
  { connections, records }: { connections: number; records: number },
): Promise<number> {
  const agent = new Agent({ keepAlive: true, maxSockets: connections })
  const token = readFileSync(join(server.data, 'ingest-tokens'), 'utf8').trim().split(' ')[1]
  const rest = bodies.values()
  const started = performance.now()
  const connection = async () => {
    for (const body of rest) await post(server.url, body, { agent, token: token!, records })
  }
  try {
    await Promise.all(Array.from({ length: connections }, connection))
    return (bodies.length * 1_000) / (performance.now() - started)
  } finally {
    agent.destroy()
  }
}

function post(
  url: string,
  body: Buffer,
  { agent, token, records }: { agent: Agent; token: string; records: number },
): Promise<void> {
  const headers = {
    authorization: `Bearer ${token}`,
    'content-type': 'application/x-ndjson',
    'content-length': body.length,
  }
  return new Promise((resolve, reject) => {
    const sent = request(`${url}/ingest/cloudtrail`, { method: 'POST', agent, headers })
    sent.once('error', reject)
    sent.once('response', async (response) => {
      let text = ''
      for await (const chunk of response) text += chunk
      if (response.statusCode === 200 && JSON.parse(text).accepted === records) resolve()
      else reject(new Error(`ingest answered ${response.statusCode}: ${text}`))
    })
    sent.end(body)
  })
}

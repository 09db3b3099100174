import type { IncomingMessage, ServerResponse } from 'node:http'
import { expect, test } from 'vitest'
import { StorageError } from './errors.ts'
import { Counter } from './metrics.ts'
import { ProxyCounts } from './proxy/proxy-counts.ts'
import { statusRoutes, watchedMetrics } from './status-routes.ts'

/** What a path answers while the journal's `ready` does this. */
async function probe(
  ready: () => Promise<void>,
  method = 'GET',
  path = '/readyz',
): Promise<{ status: number; body: string }> {
  const answer = { status: 0, body: '' }
  const response = {
    setHeader: () => {},
    writeHead: (status: number) => {
      answer.status = status
    },
    end: (body: string) => {
      answer.body = body
    },
  }
  const journal = { synced: 0, ready }
  const history = { cursor: 0, lag: 0 }
  const delivery = { lag: 0, failing: 0 }
  const parts = { journal, history, delivery, digests: { failing: 0 }, outbox: { waiting: 0 } }
  const behind = () => [{ labels: { feed: 'follow:nodes' }, value: 3 }]
  const feeds = { feedItems: new Counter(), following: { behind } }
  const counts = { calls: new Counter(), proxies: new ProxyCounts() }
  counts.calls.add({ service: 's3', operation: 'GetObject', error: '' })
  feeds.feedItems.add({ feed: 'ingest:store', outcome: 'taken' })
  const tally = { waiting: 1, notRecorded: 2, refused: 3, upstreamFailures: 4 }
  counts.proxies.note({ proxy: 'edge', id: 'run' }, 5, tally)
  const routes = statusRoutes({ ...parts, ...feeds, ...counts })
  await routes[path]!({ method } as IncomingMessage, response as unknown as ServerResponse)
  return answer
}

test.each([
  { when: 'the journal takes records', error: undefined, status: 200, body: 'ready\n' },
  {
    when: 'the disk is low',
    error: new StorageError('disk full', 'Too little free disk at /secret/place'),
    status: 503,
    body: 'not ready: disk full\n',
  },
  {
    when: 'nobody knows why it does not',
    error: new Error('/secret/place'),
    status: 503,
    body: 'not ready: internal error\n',
  },
])('/readyz says $status when $when', async ({ error, status, body }) => {
  const answer = await probe(async () => {
    if (error) throw error
  })
  expect(answer).toEqual({ status, body })
})

test('a path that can only be read says so', async () => {
  const { status } = await probe(async () => {}, 'POST')
  expect(status).toBe(405)
})

test('each metric is answered with the labels that the page of operations names', async () => {
  const { body } = await probe(async () => {}, 'GET', '/metrics')
  for (const { name, labels = [] } of watchedMetrics) {
    const line = body
      .split('\n')
      .find((one) => one.startsWith(`${name}{`) || one.startsWith(`${name} `))
    const found = [...(line ?? '').matchAll(/(\w+)="/g)].map(([, label]) => label)
    expect({ name, isThere: line !== undefined, found }).toEqual({
      name,
      isThere: true,
      found: labels,
    })
  }
})

import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Following } from './capture/follow.ts'
import type { Outbox } from './capture/outbox.ts'
import type { Delivery } from './delivery/delivery.ts'
import type { Digests } from './delivery/digests.ts'
import { StorageError } from './errors.ts'
import type { History } from './history/history.ts'
import type { Journal } from './journal/contract.ts'
import { type Counter, exposition, type Metric } from './metrics.ts'
import type { ProxyCounts } from './proxy/proxy-counts.ts'

export type Watched = Readonly<{
  journal: Pick<Journal, 'synced' | 'ready'>
  history: Pick<History, 'cursor' | 'lag'>
  delivery: Pick<Delivery, 'lag' | 'failing'>
  digests: Pick<Digests, 'failing'>
  outbox: Pick<Outbox, 'waiting'>
  calls: Counter
  feedItems: Counter
  following: Pick<Following, 'behind'>
  proxies: Pick<ProxyCounts, 'records' | 'tallied'>
}>

/** Needs to know nothing of who asks, and no body. */
type StatusRoute = (request: IncomingMessage, response: ServerResponse) => void | Promise<void>

/**
 * `/healthz`: the process runs. `/readyz`: it takes calls; 503 while the journal would refuse their
 * records, and so every call. `/metrics`: Prometheus text.
 */
export function statusRoutes(watched: Watched): Record<string, StatusRoute> {
  return {
    '/healthz': reading((response) => text(response, 'ok\n')),
    '/readyz': reading((response) => readiness(watched.journal, response)),
    '/metrics': reading((response) => text(response, exposition(metrics(watched)))),
    '/console': reading((response) => text(response, 'The console is not built yet.\n', 501)),
  }
}

/** Answers GET and HEAD; whoever sends something is told that nobody takes it. */
function reading(answer: (response: ServerResponse) => void | Promise<void>): StatusRoute {
  return ({ method = '' }, response) => {
    if (method === 'GET' || method === 'HEAD') return answer(response)
    response.setHeader('allow', 'GET, HEAD')
    text(response, 'This path can only be read.\n', 405)
  }
}

/** Says why in the reason's own word: a probe is anonymous, and the error's text names folders. */
async function readiness(journal: Watched['journal'], response: ServerResponse): Promise<void> {
  try {
    await journal.ready()
    text(response, 'ready\n')
  } catch (error) {
    const reason = error instanceof StorageError ? error.reason : 'internal error'
    text(response, `not ready: ${reason}\n`, 503)
  }
}

/** A metric, asked of what is watched. */
type WatchedMetric = Omit<Metric, 'samples'> &
  Readonly<{
    /** Names of its labels. */
    labels?: readonly string[]
    samples(watched: Watched): ReturnType<Metric['samples']>
  }>

/** What `/metrics` tells: the exposition and the page of operations are made of this one list. */
export const watchedMetrics: readonly WatchedMetric[] = [
  gauge(
    'journal_synced_seq',
    'Sequence number of the last durable record.',
    ({ journal }) => journal.synced,
  ),
  gauge('history_cursor_seq', 'Every record up to here is found.', ({ history }) => history.cursor),
  gauge('history_lag_records', 'Durable records not found yet.', ({ history }) => history.lag),
  gauge(
    'delivery_lag_records',
    'Durable records that some trail was not looked through for yet.',
    ({ delivery }) => delivery.lag,
  ),
  gauge(
    'delivery_failing',
    'Trails whose last attempt failed.',
    ({ delivery }) => delivery.failing,
  ),
  gauge(
    'digests_failing',
    'Digest chains whose last attempt failed.',
    ({ digests }) => digests.failing,
  ),
  gauge('outbox_entries', 'Records the journal did not take yet.', ({ outbox }) => outbox.waiting),
  gauge('resident_memory_bytes', 'Memory of the process.', () => process.memoryUsage.rss()),
  {
    name: 'contrail_calls_total',
    help: 'Calls recorded, by service, operation (of proven callers) and error code.',
    type: 'counter',
    labels: ['service', 'operation', 'error'],
    samples: ({ calls }) => calls.samples(),
  },
  {
    name: 'contrail_feed_items_total',
    help: 'Items of feeds: taken, repeated (durable before) or refused.',
    type: 'counter',
    labels: ['feed', 'outcome'],
    samples: ({ feedItems }) => feedItems.samples(),
  },
  {
    name: 'contrail_feed_behind_bytes',
    help: 'Bytes of followed files not read yet.',
    type: 'gauge',
    labels: ['feed'],
    samples: ({ following }) => following.behind(),
  },
  // As each proxy last told; those beside this server tell at least every ten seconds while they can.
  {
    name: 'contrail_proxy_records_total',
    help: 'Records taken from each proxy.',
    type: 'counter',
    labels: ['proxy'],
    samples: ({ proxies }) => proxies.records(),
  },
  {
    name: 'contrail_proxy_waiting_calls',
    help: 'Calls that waited in the proxy to be recorded, as it last told.',
    type: 'gauge',
    labels: ['proxy'],
    samples: ({ proxies }) => proxies.tallied('waiting'),
  },
  {
    name: 'contrail_proxy_calls_not_recorded_total',
    help: 'Calls of which only a ProxyCallsNotRecorded event tells.',
    type: 'counter',
    labels: ['proxy'],
    samples: ({ proxies }) => proxies.tallied('notRecorded'),
  },
  {
    name: 'contrail_proxy_refused_total',
    help: 'Requests the proxy refused: unclear, not proven, or not to be recorded.',
    type: 'counter',
    labels: ['proxy'],
    samples: ({ proxies }) => proxies.tallied('refused'),
  },
  {
    name: 'contrail_proxy_upstream_failures_total',
    help: 'Calls the upstream did not bring to an end.',
    type: 'counter',
    labels: ['proxy'],
    samples: ({ proxies }) => proxies.tallied('upstreamFailures'),
  },
]

function gauge(name: string, help: string, value: (watched: Watched) => number): WatchedMetric {
  return {
    name: `contrail_${name}`,
    help,
    type: 'gauge',
    samples: (watched) => [{ value: value(watched) }],
  }
}

function metrics(watched: Watched): Metric[] {
  return watchedMetrics.map(({ name, help, type, samples }) => {
    return { name, help, type, samples: () => samples(watched) }
  })
}

function text(response: ServerResponse, body: string, status = 200): void {
  const headers = { 'content-type': 'text/plain; charset=utf-8', 'cache-control': 'no-store' }
  response.writeHead(status, { ...headers, 'content-length': Buffer.byteLength(body) })
  response.end(body)
}

import type { ServiceModel } from '../gen/model.ts'
import { bucketOfHost } from '../wire/bucket-host.ts'
import { ownValue } from '../wire/own-value.ts'
import { matchRoute } from '../wire/rest-routes.ts'
import type { RequestHead } from '../wire/sigv4/request-head.ts'
import type { Headers } from './headers.ts'
import type { Evidence } from './recognise.ts'
import type { Registry, ServiceEntry } from './registry.ts'

/** A target's path and query, raw, without the question mark. */
export function splitTarget({ target }: RequestHead): { path: string; query: string } {
  const mark = target.indexOf('?')
  if (mark < 0) return { path: target, query: '' }
  return { path: target.slice(0, mark), query: target.slice(mark + 1) }
}

/** AWS's own names of buckets' hosts. */
const bucketHost =
  /^([a-z0-9.-]{1,255})\.s3(?:[.-](?:dualstack\.)?[a-z0-9-]{2,32})?\.amazonaws\.com(?:\.cn)?$/

/**
 * The operation that fits method, path, query and headers best, of all the services; where none does, one
 * that is named by method and path.
 */
export function matchRest(
  head: RequestHead & Readonly<{ headers: Headers }>,
  services: readonly ServiceEntry[],
  registry: Registry,
  bucketSuffixes: readonly string[],
): Evidence {
  const { path, query } = splitTarget(head)
  const { headers } = head
  const host = headers['host']?.toLowerCase().replace(/:\d+$/, '')
  const bucket = bucketOfHost(host, bucketSuffixes) ?? bucketHost.exec(host ?? '')?.[1]
  const matches = services.flatMap((entry) => {
    if (!entry.isRest) return []
    const { model, routes } = registry.load(entry)
    const full = entry.name === 's3' && bucket !== undefined ? `/${bucket}${path}` : path
    const match = matchRoute(routes, { method: head.method, path: full, query, headers })
    return match ? [{ entry, model, match }] : []
  })
  const [best] = matches.sort((a, b) => b.match.literals - a.match.literals)
  if (!best) {
    const entry = services.find(({ isRest }) => isRest)
    const isUpload = entry?.name === 's3' && head.method === 'POST'
    const operation = isUpload ? 'PostObject' : nameOfPath(head.method, path)
    return { protocol: 'unknown', operation, ...(entry && { entry }) }
  }
  const { entry, model, match } = best
  const labels = byMember(match.labels, match.operation, model)
  const protocol = model.protocol === 'restXml' ? 'restXml' : 'restJson1'
  return { protocol, operation: match.operation, entry, labels }
}

/** Labels stand in the path under their name there: apigateway's `{restapi_id}` is `restApiId`. */
function byMember(
  labels: Readonly<Record<string, string>>,
  operation: string,
  { operations, shapes }: ServiceModel,
): Record<string, string> {
  const input = ownValue(shapes, ownValue(operations, operation)?.input ?? '')
  if (input?.type !== 'structure') return { ...labels }
  return Object.fromEntries(
    Object.entries(input.members).flatMap(([name, { location, locationName = name }]) => {
      const value = location === 'uri' ? ownValue(labels, locationName) : undefined
      return value === undefined ? [] : [[name, value]]
    }),
  )
}

/** `GET /things/7` is `GetThings`: the method and the first word of the path, so that ids make no names. */
function nameOfPath(method: string, path: string): string {
  const word = /^\/([A-Za-z]{1,64})(?:\/|$)/.exec(path)?.[1] ?? ''
  return capitalised(method.toLowerCase().slice(0, 32)) + capitalised(word)
}

function capitalised(text: string): string {
  return text.slice(0, 1).toUpperCase() + text.slice(1)
}

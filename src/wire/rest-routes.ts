import type { Member, ServiceModel, Shape } from '../gen/model.ts'
import { parseForm } from './form.ts'

/** Where each operation of a REST service is found, the most particular first. */
export type RestRoutes = readonly RestRoute[]

type RestRoute = Readonly<{
  operation: string
  method: string
  segments: readonly Segment[]
  /** The last segment takes what is left of the path, slashes included. */
  isGreedy: boolean
  /** Query keys that must be there, and their values where the model gives one. */
  literalQuery: ReadonlyArray<readonly [key: string, value: string | undefined]>
  /** Query keys and headers that the input requires: they tell UploadPart and CopyObject from PutObject. */
  requiredQuery: readonly string[]
  requiredHeaders: readonly string[]
}>

type Segment = Readonly<{ literal: string }> | Readonly<{ label: string }>

/** What matched. `literals` counts the parts of path and query that had to be as the model has them. */
export type RestMatch = Readonly<{
  operation: string
  labels: Readonly<Record<string, string>>
  literals: number
}>

/** The routes of a service; empty for one that is not REST. */
export function restRoutes({ operations, shapes }: ServiceModel): RestRoutes {
  const routes = Object.entries(operations).flatMap(([operation, { http, input }]) => {
    if (!http) return []
    const [path = '', query = ''] = http.uri.split('?')
    const required = requiredMembers(input === undefined ? undefined : shapes[input])
    return {
      operation,
      method: http.method,
      segments: path.slice(1).split('/').map(segmentOf),
      isGreedy: path.endsWith('+}'),
      literalQuery: query.split('&').filter(Boolean).map(literalOf),
      requiredQuery: namesAt('querystring', required),
      requiredHeaders: namesAt('header', required).map((name) => name.toLowerCase()),
    }
  })
  return routes.sort((a, b) => weight(b) - weight(a))
}

function requiredMembers(shape: Shape | undefined): Array<readonly [string, Member]> {
  if (shape?.type !== 'structure') return []
  return (shape.required ?? []).map((name) => [name, shape.members[name]!] as const)
}

function namesAt(
  location: Member['location'],
  members: ReadonlyArray<readonly [string, Member]>,
): string[] {
  return members.flatMap(([name, member]) => {
    return member.location === location ? [member.locationName ?? name] : []
  })
}

function segmentOf(text: string): Segment {
  const label = /^\{(.+?)\+?\}$/.exec(text)?.[1]
  return label === undefined ? { literal: text } : { label }
}

function literalOf(text: string): readonly [string, string | undefined] {
  const equals = text.indexOf('=')
  return equals < 0 ? [text, undefined] : [text.slice(0, equals), text.slice(equals + 1)]
}

/** Literal parts of the path count most, then the length of the path, then what the query must have. */
function weight(route: RestRoute): number {
  const { segments, isGreedy, literalQuery, requiredQuery, requiredHeaders } = route
  const path = segments.length * 10 - (isGreedy ? 1 : 0)
  const query = literalQuery.length * 2 + requiredQuery.length + requiredHeaders.length
  return literalSegments(segments) * 10_000 + path * 100 + query
}

function literalSegments(segments: readonly Segment[]): number {
  return segments.filter((segment) => 'literal' in segment && segment.literal !== '').length
}

/** What a request shows of where it goes, all raw; headers by lower-case name. */
export type Destination = Readonly<{
  method: string
  path: string
  query: string
  headers: Readonly<Record<string, string | undefined>>
}>

/**
 * The most particular operation that fits; undefined when there is none. One that lacks what its input
 * requires is meant only where no other fits: validation refuses it then.
 */
export function matchRoute(routes: RestRoutes, request: Destination): RestMatch | undefined {
  const { method, path, query, headers } = request
  if (routes.length === 0 || !path.startsWith('/')) return undefined
  const segments = path.slice(1).split('/')
  const keys = new Map(safeQuery(query))
  const fitting = routes.flatMap((route) => {
    const hasLiterals = route.literalQuery.every(([key, value]) => {
      return value === undefined ? keys.has(key) : keys.get(key) === value
    })
    if (route.method !== method || !hasLiterals) return []
    const labels = matchPath(route, segments)
    return labels ? [{ route, labels }] : []
  })
  const isComplete = ({ requiredQuery, requiredHeaders }: RestRoute) => {
    const hasQuery = requiredQuery.every((key) => keys.has(key))
    return hasQuery && requiredHeaders.every((name) => headers[name] !== undefined)
  }
  const found = fitting.find(({ route }) => isComplete(route)) ?? fitting[0]
  if (!found) return undefined
  const { operation, literalQuery, segments: ours } = found.route
  return { operation, labels: found.labels, literals: literalSegments(ours) + literalQuery.length }
}

/** A query that cannot be read has no keys here; parsing it refuses it. */
function safeQuery(query: string): ReadonlyArray<readonly [string, string]> {
  try {
    return parseForm(query)
  } catch {
    return []
  }
}

function matchPath(
  { segments, isGreedy }: RestRoute,
  given: readonly string[],
): Record<string, string> | undefined {
  const trailing = given.length === segments.length + 1 && given.at(-1) === ''
  if (!isGreedy && given.length !== segments.length && !trailing) return undefined
  if (given.length < segments.length) return undefined
  const labels: Record<string, string> = {}
  for (const [i, segment] of segments.entries()) {
    const rest = isGreedy && i === segments.length - 1
    const text = rest ? given.slice(i).join('/') : given[i]!
    if ('literal' in segment) {
      if (segment.literal !== text) return undefined
      continue
    }
    const value = decodeLabel(text)
    if (value === undefined || value === '') return undefined
    labels[segment.label] = value
  }
  return labels
}

/** Undefined for a bad escape. */
function decodeLabel(text: string): string | undefined {
  try {
    return decodeURIComponent(text)
  } catch {
    return undefined
  }
}

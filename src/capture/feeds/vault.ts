import { hiddenMark } from '../../record/redact.ts'
import { activityRecord } from './activity-record.ts'
import {
  type Adapter,
  collect,
  type FeedContext,
  type Item,
  type Items,
  Refusal,
} from './adapter.ts'
import { type Fields, fields, list, required, text, time } from './fields.ts'
import { jsonItems } from './items.ts'

/** A request waits so long for its response: bytes that came after it, and time that they tell of. */
const waitBytesMax = 256 * 1024
const waitMs = 60_000

/**
 * Vault's and OpenBao's audit devices. A response tells all that its request told, so a request makes a
 * record of its own only when no response comes within bounds.
 *
 * https://developer.hashicorp.com/vault/docs/audit/schema
 */
export const vault: Adapter = function* (bytes, context) {
  const items: Item[] = []
  const answered = new Set<string>()
  let newest = 0
  const cut = jsonItems(bytes, context)
  let next = cut.next()
  for (; !next.done; next = cut.next()) {
    yield
    if (!next.value) continue
    items.push(next.value)
    const { type, request, time: at } = fields(next.value.value)
    const id = text(fields(request)['id'])
    if (type === 'response' && id) answered.add(id)
    newest = Math.max(newest, Date.parse(String(at)) || 0)
  }
  let used = next.value
  const parsed = yield* collect(again(items, used), context, (value, item) => {
    const entry = fields(value)
    const type = required(entry['type'], 'type')
    const id = required(fields(entry['request'])['id'], 'request.id')
    if (type === 'response') return [record(entry, `${id}`, context)]
    if (type !== 'request') throw new Refusal('neither a request nor a response')
    const at = time(entry['time'])
    if (answered.has(id)) return []
    if (!context.isWhole && isWaiting(item, at)) {
      used = Math.min(used, item.start)
      return []
    }
    return [record(entry, `${id}/request`, context)]
  })
  return { ...parsed, used }

  function isWaiting({ start }: Item, at: number): boolean {
    return bytes.length - start <= waitBytesMax && newest - at <= waitMs
  }
}

function* again(items: readonly Item[], used: number): Items {
  yield* items
  return used
}

function record(entry: Fields, nativeId: string, context: FeedContext): Buffer {
  const shown = isPlain(entry) ? withoutData(entry) : entry
  const request = fields(shown['request'])
  const operation = required(request['operation'], 'request.operation')
  const path = text(request['path'])
  const isAnswered = entry['type'] === 'response'
  const error = text(entry['error'])
  return activityRecord(
    {
      nativeId,
      time: time(entry['time']),
      eventName:
        capital(operation) + pascal(text(request['mount_type']) ?? path?.split('/')[0] ?? ''),
      readOnly: /^(read|list|help)$/.test(operation),
      userIdentity: identity(fields(shown['auth'])),
      sourceIPAddress: text(request['remote_address']),
      // Where Vault is told to log the header.
      userAgent: text(list(fields(request['headers'])['user-agent'])[0]),
      errorCode: error && (/permission denied/i.test(error) ? 'AccessDenied' : 'Error'),
      errorMessage: error,
      requestParameters: {
        operation,
        path,
        namespace: text(fields(request['namespace'])['path']),
        mountType: text(request['mount_type']),
        mountPoint: text(request['mount_point']),
        data: request['data'],
      },
      responseElements: shown['response'],
      additionalEventData: { stage: isAnswered ? 'response' : 'request' },
      raw: shown,
    },
    context,
  )
}

function identity(auth: Fields): { type: string; principalId?: string; details?: object } {
  const principalId = text(auth['entity_id']) ?? text(auth['display_name'])
  if (principalId === undefined && !text(auth['accessor'])) return { type: 'Unknown' }
  return {
    type: 'VaultToken',
    principalId,
    details: {
      displayName: text(auth['display_name']),
      entityId: text(auth['entity_id']),
      accessor: text(auth['accessor']),
      policies: list(auth['policies']).join(','),
      metadata: auth['metadata'] && JSON.stringify(auth['metadata']),
    },
  }
}

/** The device writes secrets as they are (`log_raw`): their hashes begin otherwise. */
function isPlain(entry: Fields): boolean {
  const { auth, request, response } = entry
  const tokens = [auth, request, fields(response)['auth']].map((one) =>
    text(fields(one)['client_token']),
  )
  return tokens.some((token) => token !== undefined && !token.startsWith('hmac-'))
}

/** Keeps what is not secret whatever it is called. */
function withoutData(entry: Fields): Fields {
  const hidden = (value: unknown) => (value === undefined ? undefined : hiddenMark)
  const request = fields(entry['request'])
  const { mount_type, mount_point } = fields(entry['response'])
  return {
    ...entry,
    request: { ...request, data: hidden(request['data']) },
    response: entry['response'] && { mount_type, mount_point, data: hiddenMark },
  }
}

function pascal(name: string): string {
  return name
    .split(/[^A-Za-z0-9]+/)
    .map(capital)
    .join('')
}

function capital(word: string): string {
  return word.charAt(0).toUpperCase() + word.slice(1)
}

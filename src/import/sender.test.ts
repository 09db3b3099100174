import { expect, test } from 'vitest'
import type { Answer } from './ingest-client.ts'
import { ServerGone, send } from './sender.ts'

const none = { status: 200, accepted: 0, duplicates: 0, refused: 0, refusals: [] }
const busy = { ...none, status: 503, error: 'busy' }
const failed = (code: string) => Object.assign(new Error(code), { code })

async function sent(...answers: Array<Answer | Error>) {
  const pauses: number[] = []
  let opened = 0
  const open = async () => {
    opened++
    return Buffer.alloc(0)
  }
  const post = async () => {
    const answer = answers.shift()!
    if (answer instanceof Error) throw answer
    return answer
  }
  const answer = await send(open, post, async (ms) => pauses.push(ms))
  return { answer, pauses, opened }
}

test('an answer is given on', async () => {
  const answer = { ...none, accepted: 2, duplicates: 1 }
  expect(await sent(answer)).toEqual({ answer, pauses: [], opened: 1 })
})

test('what was durable before an outage is accepted, not a duplicate', async () => {
  const { answer, pauses, opened } = await sent({ ...busy, accepted: 3 }, failed('ECONNRESET'), {
    ...none,
    accepted: 4,
    duplicates: 5,
  })
  expect(answer).toEqual({ ...none, accepted: 7, duplicates: 2 })
  expect({ pauses, opened }).toEqual({ pauses: [250, 500], opened: 3 })
})

test('a server that stays busy, a connection that always breaks', async () => {
  const { answer } = await sent(busy, busy, busy, busy, { ...busy, accepted: 1 })
  expect(answer).toMatchObject({ status: 503, error: 'busy', accepted: 1 })
  const broken = Array.from({ length: 5 }, () => failed('EPIPE'))
  expect((await sent(...broken)).answer).toMatchObject({ status: 0, error: expect.any(String) })
})

test.each([
  { why: 'nobody listens', answer: failed('ECONNREFUSED') },
  { why: 'the token is wrong', answer: { ...none, status: 403, error: 'not its token' } },
])('$why: nothing more can be imported', async ({ answer }) => {
  await expect(sent(answer)).rejects.toThrow(ServerGone)
})

test('any other failure is thrown on', async () => {
  await expect(sent(failed('EACCES'))).rejects.toThrow('EACCES')
})

import { batchEnd } from './batch.ts'
import type { Post, Refusal } from './post.ts'

/**
 * Brings lines to the server, in posts of a batch each. Resolves once all are durable there but those that it
 * will never take. A post that is refused as a whole is halved until the lines at fault are found.
 */
export async function deliver(lines: readonly Buffer[], post: Post): Promise<Refusal[]> {
  const refusals: Refusal[] = []
  for (let from = 0; from < lines.length; ) {
    const end = batchEnd(lines, from)
    refusals.push(...(await deliverBatch(lines, from, end, post)))
    from = end
  }
  return refusals
}

async function deliverBatch(
  lines: readonly Buffer[],
  from: number,
  end: number,
  post: Post,
): Promise<Refusal[]> {
  const posted = await post(lines.slice(from, end))
  if ('refusals' in posted) {
    return posted.refusals.map(({ index, reason }) => ({ index: from + index, reason }))
  }
  if (end - from === 1) return [{ index: from, reason: posted.refused }]
  const middle = Math.ceil((from + end) / 2)
  const first = await deliverBatch(lines, from, middle, post)
  return [...first, ...(await deliverBatch(lines, middle, end, post))]
}

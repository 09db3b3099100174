/**
 * Runs `work` on the items of a source, up to `width` at a time, and yields the results in the
 * source's order. The source is asked for an item only when there is room for it, so memory holds
 * `width` results at most, however long the source and however slow the reader.
 */
export async function* ordered<In, Out>(
  source: AsyncIterable<In>,
  width: number,
  work: (item: In) => Promise<Out> | Out,
): AsyncGenerator<Out> {
  const items = source[Symbol.asyncIterator]()
  const running: Promise<IteratorResult<Out>>[] = []
  // One item is asked for at a time: a generator would queue the calls anyway.
  let asked: Promise<unknown> = Promise.resolve()
  const start = () => {
    const next = asked.then(() => items.next())
    asked = next.catch(() => {})
    const result = next.then(async ({ done, value }) =>
      done
        ? { done: true as const, value: undefined }
        : { done: false as const, value: await work(value) },
    )
    // Reported when its turn comes; until then it is not unhandled.
    result.catch(() => {})
    running.push(result)
  }
  try {
    for (let i = 0; i < width; i++) start()
    for (;;) {
      const result = await running.shift()!
      if (result.done) return
      start()
      yield result.value
    }
  } finally {
    await items.return?.()
  }
}

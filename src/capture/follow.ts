import type { State } from '../state/contract.ts'
import { feedContext } from './adapted-request.ts'
import type { FollowSetting } from './feeds/settings.ts'
import { FileFollower } from './follow-file.ts'
import { followWriter, listenForWriters } from './follow-socket.ts'
import { FollowedBytes, type FollowParts } from './followed-bytes.ts'

export type FollowOptions = FollowParts &
  Readonly<{
    state: Pick<State, 'begin' | 'commit'>
    /** Whose the records of feeds are that say nothing else. */
    defaults: Readonly<{ account: string; region: string }>
  }>

/**
 * Follows every file and socket of `ingest.follow`; resolves once the sockets are there, with what ends it.
 * Rejects when a socket cannot be made.
 */
export async function startFollowing(
  settings: readonly FollowSetting[],
  options: FollowOptions,
): Promise<() => Promise<void>> {
  const { limits, state, defaults, log } = options
  const stopping = new AbortController()
  const stopped = stopping.signal
  const running: Promise<void>[] = []
  const closing: Array<() => Promise<void>> = []
  const stop = async () => {
    stopping.abort()
    await Promise.all([...running, ...closing.map((close) => close())])
  }
  try {
    for (const setting of settings) {
      const { name, kind, file, listen, connect } = setting
      const context = feedContext(setting, defaults, limits)
      const bytes = new FollowedBytes({ kind, context }, options, stopped)
      const failed = (error: unknown) =>
        log.error('a feed is no longer followed', error, { feed: name })
      const socket = { itemBytesMax: limits.recordBytesMax, stopped }
      if (file) {
        const follower = new FileFollower(file, bytes, { state, chunkBytes: limits.feedChunkBytes })
        running.push(follower.run().catch(failed))
      }
      if (connect) running.push(followWriter(bytes, { path: connect, ...socket }).catch(failed))
      if (listen) closing.push(await listenForWriters(bytes, { path: listen, ...socket }, failed))
    }
  } catch (error) {
    await stop()
    throw error
  }
  return stop
}

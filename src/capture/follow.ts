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

export type Following = Readonly<{
  /** Bytes of each followed file that are not read yet; a socket has none. */
  behind(): Array<Readonly<{ labels: Readonly<{ feed: string }>; value: number }>>
  stop(): Promise<void>
}>

/**
 * Follows every file and socket of `ingest.follow`; resolves once the sockets are there. Rejects when one
 * cannot be made.
 */
export async function startFollowing(
  settings: readonly FollowSetting[],
  options: FollowOptions,
): Promise<Following> {
  const { limits, state, defaults, log } = options
  const stopping = new AbortController()
  const stopped = stopping.signal
  const followers = new Map<string, FileFollower>()
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
        followers.set(`follow:${name}`, follower)
        running.push(follower.run().catch(failed))
      }
      if (connect) running.push(followWriter(bytes, { path: connect, ...socket }).catch(failed))
      if (listen) closing.push(await listenForWriters(bytes, { path: listen, ...socket }, failed))
    }
  } catch (error) {
    await stop()
    throw error
  }
  const behind = () =>
    [...followers].map(([feed, file]) => ({ labels: { feed }, value: file.behind() }))
  return { behind, stop }
}

// The thread that answers queries, so that none of them holds up the listener or the indexer.
import { parentPort, workerData } from 'node:worker_threads'
import type { FromSearcher, SearcherData, ToSearcher } from './protocol.ts'
import { Searcher } from './searcher.ts'

const port = parentPort!
const send = (message: FromSearcher) => port.postMessage(message)
const searcher = new Searcher({
  ...(workerData as SearcherData),
  onDamaged: (day, reason) => send({ what: 'damaged', day, reason }),
})

port.on('message', async (message: ToSearcher) => {
  switch (message.what) {
    case 'days':
      searcher.setDays(message.days, message.changed)
      return
    case 'close':
      searcher.close()
      port.close()
      return
    case 'lookup':
    case 'follow':
      try {
        const page =
          message.what === 'lookup'
            ? await searcher.lookup(message.query)
            : searcher.follow(message.query, message.target)
        send({ what: 'page', id: message.id, page })
      } catch (error) {
        send({ what: 'refused', id: message.id, reason: String(error) })
      }
  }
})

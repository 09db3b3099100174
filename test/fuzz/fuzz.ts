// node test/fuzz/fuzz.ts <target> [--seconds N] [--seed S] [--keep]
//
// The fuzzer runs in a worker thread; this thread only watches, so that an input that never ends is
// caught, kept and reported like any other. With --keep the inputs that led
// to new outcomes join the corpus. Exit code 1 when anything was found.
import { parseArgs } from 'node:util'
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads'
import { fuzz, keep } from './fuzzer.ts'
import { inputBytesMax } from './mutate.ts'
import { targets } from './targets.ts'

type Orders = Readonly<{
  name: string
  seconds: number
  seed: number
  keeps: boolean
  shared: SharedArrayBuffer
}>

const stuckSeconds = 30
/** A corpus is read by people and run by every test: so many new inputs a run, and no more. */
const keptMax = 40

if (isMainThread) main()
else await work(workerData as Orders)

function main(): void {
  const { positionals, values } = parseArgs({
    allowPositionals: true,
    options: {
      seconds: { type: 'string', default: '60' },
      keep: { type: 'boolean', default: false },
      seed: { type: 'string', default: String(Date.now() % 2 ** 31) },
    },
  })
  const target = targets.find(({ name }) => name === positionals[0])
  if (!target) {
    console.error(`Which target? ${targets.map(({ name }) => name).join(' ')}`)
    process.exit(2)
  }
  const shared = new SharedArrayBuffer(8 + inputBytesMax)
  const progress = new Int32Array(shared, 0, 2)
  const seconds = Number(values.seconds)
  const seed = Number(values.seed)
  const orders: Orders = { name: target.name, seconds, seed, keeps: values.keep, shared }
  console.log(`${target.name}: ${seconds} s, seed ${values.seed}`)
  const worker = new Worker(new URL(import.meta.url), { workerData: orders })
  let findings = 0
  worker.on('message', (text: string) => {
    findings += 1
    console.log(text)
  })
  let last = 0
  let stuck = 0
  const watchdog = setInterval(() => {
    const now = Atomics.load(progress, 0)
    stuck = now === last && now > 0 ? stuck + 1 : 0
    last = now
    if (stuck < stuckSeconds) return
    const input = Buffer.from(shared, 8, Atomics.load(progress, 1))
    console.log(`never ended: ${keep(target, 'hang', input)}`)
    process.exit(1)
  }, 1000)
  worker.on('exit', (code) => {
    clearInterval(watchdog)
    console.log(`${target.name}: ${last} inputs, ${findings} findings`)
    process.exit(code || (findings > 0 ? 1 : 0))
  })
}

async function work({ name, seconds, seed, keeps, shared }: Orders): Promise<void> {
  const target = targets.find((one) => one.name === name)!
  const progress = new Int32Array(shared, 0, 2)
  const watched = new Uint8Array(shared, 8)
  let kept = 0
  const end = performance.now() + seconds * 1000
  await fuzz(target, {
    seed,
    goOn: (iteration) => {
      Atomics.store(progress, 0, iteration + 1)
      return performance.now() < end
    },
    watch: (input) => {
      watched.set(input)
      Atomics.store(progress, 1, input.length)
    },
    found: ({ input, error }) => {
      parentPort!.postMessage(`${keep(target, 'crash', input)}\n${error.stack}`)
    },
    led: async (smallest) => {
      if (!keeps || kept === keptMax) return
      kept += 1
      keep(target, 'path', await smallest())
    },
  })
}

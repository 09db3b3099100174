// A bucket to verify, in a process of its own: `node bench/verify-bucket.ts <latency in ms>` prints its endpoint, and
// serves until its standard input ends.
import { hour, makeChain, makeSigner } from '../test/digest-chain.ts'
import { startTrailDouble } from '../test/trail-double.ts'

const signer = makeSigner()
const digests = 100
const end = Math.floor(Date.now() / 1000) * 1000 - hour / 6
const made = makeChain({
  signer,
  digests,
  filesPerDigest: 10,
  recordsPerFile: 10,
  start: end - digests * hour,
})
const double = await startTrailDouble([signer], Number(process.argv[2] ?? 0))
double.buckets.set(made.bucket, made.objects)
console.log(double.url)
process.stdin.resume().on('end', () => double.close())

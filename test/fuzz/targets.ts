import type { Target } from './fuzzer.ts'
import { feedTargets } from './targets/feeds.ts'
import { ingestSplit, recordCheck } from './targets/ingest.ts'
import { journalDamage, journalScan } from './targets/journal.ts'
import { policyDocument } from './targets/policy.ts'
import { registryCall, registryCbor } from './targets/registry.ts'
import { sigv4Chunked, sigv4Claim } from './targets/sigv4.ts'
import { wireTargets } from './targets/wire.ts'
import { xmlDocument } from './targets/xml.ts'

/** Everything that reads bytes from outside or from a disk that may lie. */
export const targets: readonly Target[] = [
  sigv4Claim,
  sigv4Chunked,
  journalScan,
  journalDamage,
  policyDocument,
  ...wireTargets(),
  xmlDocument,
  ingestSplit,
  recordCheck,
  ...feedTargets(),
  registryCall,
  registryCbor,
]

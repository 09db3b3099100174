/**
 * What the package offers to other programs as `contrail/digest`: to build, sign and verify digests
 * over any store that can list and get. Nothing in here reads a network or a disk by itself.
 */
export {
  type BuiltDigest,
  buildDigest,
  type DeliveredFile,
  type DigestContents,
  type Link,
} from './build.ts'
export { type Body, ContentError, contentHash } from './content.ts'
export { discoverPlaces } from './discover.ts'
export {
  type DigestDocument,
  DigestFormatError,
  type LogFileEntry,
  parseDigest,
} from './document.ts'
export {
  type DigestReport,
  type Finding,
  type FindingKind,
  findingKinds,
  type LogReport,
  type Report,
  type Severity,
  type Verdict,
} from './finding.ts'
export {
  type Chain,
  type DigestName,
  digestKey,
  type LogFileName,
  type LogKind,
  logFileKey,
  type Place,
  parseDigestKey,
  parseLogFileKey,
} from './names.ts'
export {
  type FindKey,
  fingerprintOf,
  keyRing,
  type PublicKey,
  pkcs1Der,
  publicKeyFromDer,
} from './public-key.ts'
export { signText, stringToSign, verifyText } from './signature.ts'
export { type ListedKey, memorySource, type Source, type StoredObject } from './source.ts'
export { type Range, type VerifyOptions, verifyChains } from './verify.ts'

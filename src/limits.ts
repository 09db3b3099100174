/** Every bound in one place, each with what it protects. Sizes in bytes, times in milliseconds. */
export const limits = {
  /** An API call's body held in memory; larger is refused with 413. */
  bodyBytesMax: 10 * 1024 * 1024,
  /** Bodies held over all calls at once; past it a call is refused with 503. */
  bodiesBytesMax: 256 * 1024 * 1024,
  /** A form is held before its signature can be checked: so many bytes of one, and of all of them. */
  formBytesMax: 4 * 1024 * 1024,
  formsBytesMax: 64 * 1024 * 1024,
  /** Parameters of one form. */
  formParametersMax: 2_000,
  /** Signing keys derived lately, kept so that the next call of the same day need not. */
  signingKeysMax: 1_000,
  /** An idle connection is closed after this. */
  keepAliveTimeout: 75_000,
  /** A connection on which no byte moves while a call is under way: longer than any wait we offer. */
  idleTimeout: 120_000,
  /** Headers of one request: what node:http will hold for a caller nobody knows yet. */
  headerBytesMax: 64 * 1024,
  /** A signed aws-chunked chunk: held whole until its signature is proven. */
  chunkBytesMax: 4 * 1024 * 1024,
  /** A request's head must have arrived after this. */
  headTimeout: 60_000,
  /** A whole request must have arrived after this, but for a stream or records whose sender is proven. */
  requestTimeout: 300_000,
  /** Sockets open at once. */
  connectionsMax: 4_000,
  /** Models of other services held at once: EC2's, the largest, takes some 10 MB. */
  registryModelsMax: 32,
  /** Values in one call's parameters or answer that are read for its record. */
  capturedValuesMax: 20_000,
  /** A compressed body that is inflated for a record; the record holds less. */
  capturedBodyBytesMax: 1024 * 1024,
  /** Depth of JSON or XML input, so that no parser runs out of stack. */
  nestingMax: 64,
  /** Elements of one XML body (AWS's largest: 10,000 parts of an upload). */
  xmlElementsMax: 200_000,
  /** A body that streams through (AWS: 5 GiB in one upload). */
  streamBytesMax: 5 * 1024 ** 3,
  /** Broken constraints named in one refusal; the rest are counted. */
  violationsListed: 50,
  /** How far a signature's date may be from our clock (AWS: 5 minutes). */
  clockSkew: 5 * 60_000,
  /** Longest life of a presigned URL (AWS: 7 days). */
  presignedExpiryMax: 7 * 24 * 3600_000,
  /** One record, as AWS's event size with `Large`; a larger one is refused by name. */
  recordBytesMax: 1024 * 1024,
  /** Bytes in the journal's queue, not yet synced; past it appends are refused as "busy". */
  journalQueueBytesMax: 64 * 1024 * 1024,
  /** Bytes that share one write and one sync. */
  journalBatchBytesMax: 8 * 1024 * 1024,
  /** How long after a failed write the journal says that it is not ready, unless one succeeds. */
  journalFailureMemory: 3_000,
  /** A segment is sealed and the next begun at this size. */
  segmentBytes: 64 * 1024 * 1024,
  /** How many of the newest bulk entries are remembered, to recognise one sent again. */
  dedupeWindow: 1_000_000,
  /** New work is refused below this much free disk; it is taken again above twice as much. */
  diskFreeBytesMin: 256 * 1024 * 1024,
  /** Event history (AWS: 90 days). */
  historyDays: 90,
  /** Bytes of one ingest request after inflation. */
  ingestBytesMax: 1024 * 1024 * 1024,
  /** A body that takes longer than a request may must bring so much in each such time. */
  ingestPeriodBytesMin: 1024 * 1024,
  /** Held between two syncs of it. */
  ingestBatchBytes: 4 * 1024 * 1024,
  /** Bulk on its way to the journal, over all requests: half of its queue, so that calls find room there. */
  ingestQueueBytesMax: 32 * 1024 * 1024,
  /** A body of a feed that is not CloudTrail's, held whole; all of those at once; items of one. */
  feedBodyBytesMax: 16 * 1024 * 1024,
  feedBodiesBytesMax: 64 * 1024 * 1024,
  feedItemsMax: 50_000,
  /** Regions besides our own that records of feeds may name; each can get digests and a key of its own. */
  feedRegionsMax: 64,
  /** How long a body that has begun waits for room for its next bytes; then it is refused with 503. */
  feedBodyWait: 10_000,
  /** Read at once of a file or a socket that is followed. */
  feedChunkBytes: 1024 * 1024,
  /** Reasons listed in one ingest answer; the rest are counted. */
  ingestRefusalsListed: 100,
  /** Records on a page of SearchEvents, and bytes of its records or of LookupEvents'. */
  searchPageMax: 1_000,
  searchPageBytes: 4 * 1024 * 1024,
  /** Longest wait of a live search for something new. */
  searchWaitMax: 20_000,
  /** One batch of a trail, before compression: held in memory twice over (AWS: 50 MB a log file). */
  deliveryBatchBytes: 32 * 1024 * 1024,
  deliveryBatchRecords: 50_000,
  /** Events of all times and Regions can come in together; each such file is an object of its own. */
  deliveryBatchFiles: 500,
  /** From the first event of a batch to its last: what is given up at last is this much older at most. */
  deliveryBatchSpan: 24 * 3600_000,
  /** Journal bytes looked through for one batch, so that trails that are owed little get their turn. */
  deliveryScanBytes: 128 * 1024 * 1024,
  /** Log files that one digest lists, give or take a second's: what verifies must hold it in memory. */
  digestFilesMax: 10_000,
  /** Digests made one after another when none was for a long time; the first of them covers most of it. */
  digestCatchUp: 1_000,
  /** What could not be delivered for so long is given up (AWS: 30 days). */
  deliveryHold: 30 * 24 * 3600_000,
  /** A content whose object is gone stays for so long at least: who was about to read it still can. */
  blobReleaseDelay: 60_000,
  /** Memory of a sweep that tells contents with an object from those without, however many there are. */
  sweepFilterBytes: 16 * 1024 * 1024,
  /** Buckets of one account (AWS: 10,000). */
  bucketsMax: 10_000,
  /** Of a body that passes a proxy, kept to be read for its record; and of all of them at once. */
  proxyKeptBytesMax: 256 * 1024,
  proxyKeptBytesAll: 128 * 1024 * 1024,
  /** A request that must be known before it is forwarded is held when it is no larger. */
  proxyHeldBytesMax: 64 * 1024,
  /** A proxy's upstream that does not take a connection; no byte moving during a call. */
  proxyConnectTimeout: 10_000,
  proxyIdleTimeout: 300_000,
  /** Calls that wait for the journal in one proxy, at least 4 KiB each; past it, they are only counted. */
  proxyQueueBytesMax: 64 * 1024 * 1024,
  /** One append of a proxy. */
  proxyBatchMax: 500,
  /** How long an answer waits for its record when audit failures let calls pass. */
  proxyPatience: 2_000,
  /** Identities learned from answers that passed by. */
  learnedIdentitiesMax: 10_000,
  /** SIGTERM flushes and exits within this. */
  shutdown: 10_000,
} as const

export type Limits = { readonly [K in keyof typeof limits]: number }

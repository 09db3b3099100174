/**
 * The module a worker thread runs, named by its source beside the importer: TypeScript in a clone,
 * JavaScript in the published package, where no compiler rewrites the name.
 */
export function workerUrl(source: string, importer: string): URL {
  return new URL(importer.endsWith('.ts') ? source : source.replace(/\.ts$/, '.js'), importer)
}

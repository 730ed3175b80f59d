import { bundleApp } from '@countersign/bundle'

await bundleApp({
  folder: import.meta.dirname,
  entries: { main: 'src/main.ts' },
  external: ['pino-pretty'],
})

import { bundleApp } from '@countersign/bundle'

await bundleApp({
  folder: import.meta.dirname,
  entries: {
    main: 'src/main.ts',
    'cli/main': 'src/cli/main.ts',
    'password-hasher.worker': 'src/domain/users/password-hasher.worker.ts',
  },
  external: ['pg', 'pino-pretty', 'piscina'],
})

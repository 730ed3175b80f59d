#!/usr/bin/env node
/** Biome by its name, for whoever links this package. */
await import('@biomejs/biome/bin/biome')

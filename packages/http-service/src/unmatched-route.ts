import type { Context } from 'koa'

/** Why no route answered: nobody knows the path, or not with this method. */
export type Unmatched =
  | { readonly kind: 'not_found' }
  | { readonly kind: 'wrong_method'; readonly allow: string }

/** Says why no route answered, from what the router left on the context; `undefined` when one did. */
export function unmatchedRoute(ctx: Context): Unmatched | undefined {
  if (ctx._matchedRoute !== undefined) return undefined

  const layers: readonly { methods: readonly string[] }[] = ctx.matched ?? []
  const methods = new Set(layers.flatMap((layer) => layer.methods))
  return methods.size === 0 ? { kind: 'not_found' } : { kind: 'wrong_method', allow: [...methods].join(', ') }
}

/** A part of the page that the bench owns: its name, and the command that writes it. */
export interface Part {
  readonly name: string
  readonly command: string
}

/** The page with a part replaced, or added at the end when there was none. The rest of the page belongs to its authors. */
export function replacePart(page: string, { name, command }: Part, part: string): string {
  const begin = `<!-- bench ${name} begins: written by npx -y ${command} -->`
  const end = `<!-- bench ${name} ends -->`
  const block = `${begin}\n\n${part.trim()}\n\n${end}`
  const [from, to] = [page.indexOf(begin), page.indexOf(end)]
  if (from === -1 || to < from) return `${page.trimEnd()}\n\n${block}\n`
  return page.slice(0, from) + block + page.slice(to + end.length)
}

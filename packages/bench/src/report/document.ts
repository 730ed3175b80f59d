/**
 * The markers around the part of the page that a group of measurements owns. The rest of the page belongs to its authors.
 */
function markersOf(group: string): readonly [begin: string, end: string] {
  return [
    `<!-- bench ${group} begins: written by npx -y pnpm bench ${group} -->`,
    `<!-- bench ${group} ends -->`,
  ]
}

/** The page with a group's part replaced, or added at the end when there was none. */
export function replacePart(page: string, group: string, part: string): string {
  const [begin, end] = markersOf(group)
  const block = `${begin}\n\n${part.trim()}\n\n${end}`
  const [from, to] = [page.indexOf(begin), page.indexOf(end)]
  if (from === -1 || to < from) return `${page.trimEnd()}\n\n${block}\n`
  return page.slice(0, from) + block + page.slice(to + end.length)
}

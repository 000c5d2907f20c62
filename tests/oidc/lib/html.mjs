// Just enough of HTML to use a page without JavaScript: its forms and its frames.

const ENTITIES = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" }

function unescape(text) {
  return text.replace(/&(#x[0-9a-f]+|#\d+|\w+);/gi, (whole, name) => {
    if (name[0] !== '#') return ENTITIES[name] ?? whole
    const code = name[1].toLowerCase() === 'x' ? parseInt(name.slice(2), 16) : parseInt(name.slice(1), 10)
    return String.fromCodePoint(code)
  })
}

function attributes(tag) {
  const found = {}
  for (const [, name, , double, single, bare] of tag.matchAll(
    /([a-z-]+)(\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s>"']+)))?/gi,
  )) {
    found[name.toLowerCase()] ??= unescape(double ?? single ?? bare ?? '')
  }
  return found
}

function tags(html, name) {
  return [...html.matchAll(new RegExp(`<${name}\\b([^>]*)>`, 'gi'))].map(([, inside]) => attributes(inside))
}

/** Every form: where it goes, its fields as they stand, the names and values of its buttons. */
export function forms(html, base) {
  return [...html.matchAll(/<form\b([^>]*)>([\s\S]*?)<\/form>/gi)].map(([, head, inside]) => {
    const form = attributes(head)
    const fields = tags(inside, 'input').filter((one) => one.name && !['submit', 'button', 'image'].includes(one.type))
    const ticked = (one) => one.type !== 'checkbox' || 'checked' in one
    return {
      action: new URL(form.action || base, base).href,
      method: (form.method ?? 'get').toUpperCase(),
      fields: fields.filter(ticked).map((one) => [one.name, one.value ?? '']),
      types: Object.fromEntries(fields.map((one) => [one.name, one.type ?? 'text'])),
      buttons: tags(inside, 'button').filter((one) => one.name).map((one) => [one.name, one.value ?? '']),
    }
  })
}

/** Addresses of the frames of a page. */
export function frames(html, base) {
  return tags(html, 'iframe').filter((one) => one.src).map((one) => new URL(one.src, base).href)
}

/** Links, as they stand there but for their addresses, which are whole. */
export function links(html, base) {
  const all = tags(html, 'a').filter((one) => one.href && URL.canParse(one.href, base))
  return all.map((one) => ({ ...one, href: new URL(one.href, base).href }))
}

/** Addresses of pictures. */
export function pictures(html, base) {
  const all = tags(html, 'img').filter((one) => one.src && URL.canParse(one.src, base))
  return all.map((one) => new URL(one.src, base).href)
}

// docs/picture.svg, the picture of the README: what a person writes, what the app creates from it. Boxes and arrows are data; the rest is SVG.

const sizes = { heading: 16, text: 14, code: 13 } as const
/** Of a character, in ems, of the widest fonts that browsers use. */
const widths = { heading: 0.62, text: 0.55, code: 0.61 } as const

type Line = { readonly text: string; readonly as?: keyof typeof sizes }
type Box = {
  readonly x: number
  readonly y: number
  readonly width: number
  readonly fill: string
  readonly lines: readonly Line[]
}
type Point = readonly [x: number, y: number]
type Arrow = { readonly points: readonly Point[] }

const heading = (text: string): Line => ({ text, as: 'heading' })
const code = (text: string): Line => ({ text, as: 'code' })
const text = (of: string): Line => ({ text: of })

export const boxes: readonly Box[] = [
  {
    x: 20,
    y: 40,
    width: 270,
    fill: '#e7f0fb',
    lines: [
      heading('One tag on the cluster'),
      code('connect-invoices ='),
      code('  storage-blob:shopinvoices'),
      code('  ?namespace=orders'),
    ],
  },
  {
    x: 20,
    y: 216,
    width: 270,
    fill: '#e7f0fb',
    lines: [heading('A policy that allows it'), text('by cluster, target, namespace;'), text('nothing is allowed by default')],
  },
  {
    x: 370,
    y: 115,
    width: 260,
    fill: '#fdf3d8',
    lines: [
      heading('AKS Service Connector'),
      text('one Azure Functions app:'),
      text('plans, applies, reads back,'),
      text('repairs, removes, explains'),
    ],
  },
  {
    x: 710,
    y: 40,
    width: 270,
    fill: '#e8f5e6',
    lines: [heading('Azure'), text('managed identity'), text('federated credential'), text('role assignment, firewall rule')],
  },
  {
    x: 710,
    y: 190,
    width: 270,
    fill: '#e8f5e6',
    lines: [
      heading('Namespace orders'),
      code('ServiceAccount sc-account-…'),
      code('Secret sc-invoices-secret'),
      text('your pod, connected, no key'),
    ],
  },
]

const arrows: readonly Arrow[] = [
  {
    points: [
      [290, 105],
      [330, 105],
      [330, 155],
      [366, 155],
    ],
  },
  {
    points: [
      [290, 268],
      [330, 268],
      [330, 205],
      [366, 205],
    ],
  },
  {
    points: [
      [630, 155],
      [670, 155],
      [670, 105],
      [706, 105],
    ],
  },
  {
    points: [
      [630, 205],
      [670, 205],
      [670, 255],
      [706, 255],
    ],
  },
]

const title =
  'A tag on an AKS cluster and a policy go to AKS Service Connector, which creates identity, role and firewall rule in Azure, and ServiceAccount and Secret in the namespace.'

export const widthOf = ({ text, as = 'text' }: Line): number => text.length * sizes[as] * widths[as]
const padding = 16
const lineHeight = 26
/** As much room below the last line as above the first. */
const heightOf = ({ lines }: Box): number => (lines.length + 1) * lineHeight
export const roomOf = ({ width }: Box): number => width - 2 * padding

const escaped = (of: string): string => of.replaceAll('&', '&amp;').replaceAll('<', '&lt;')

function lineOf({ text, as = 'text' }: Line, x: number, y: number): string {
  const font = { heading: ' font-weight="600"', text: '', code: ' font-family="ui-monospace,Menlo,Consolas,monospace"' }[as]
  return `  <text x="${x}" y="${y}" font-size="${sizes[as]}"${font} xml:space="preserve">${escaped(text)}</text>`
}

function boxOf(box: Box): string {
  const { x, y, width, fill, lines } = box
  const frame = `  <rect x="${x}" y="${y}" width="${width}" height="${heightOf(box)}" rx="10" fill="${fill}" stroke="#5b6b7b"/>`
  return [frame, ...lines.map((line, at) => lineOf(line, x + padding, y + 30 + at * lineHeight))].join('\n')
}

const arrowOf = ({ points }: Arrow): string =>
  `  <polyline points="${points.map((point) => point.join(',')).join(' ')}" fill="none" stroke="#33414f" stroke-width="2" marker-end="url(#head)"/>`

export const picture =
  (): string => `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 1000 360" role="img" font-family="system-ui,Segoe UI,Helvetica,Arial,sans-serif" fill="#1b2733">
  <title>${title}</title>
  <defs><marker id="head" viewBox="0 0 10 10" refX="8" refY="5" markerWidth="7" markerHeight="7" orient="auto"><path d="M0 0 L10 5 L0 10 z" fill="#33414f"/></marker></defs>
  <rect width="1000" height="360" rx="12" fill="#ffffff"/>
${[...boxes.map(boxOf), ...arrows.map(arrowOf)].join('\n')}
</svg>
`

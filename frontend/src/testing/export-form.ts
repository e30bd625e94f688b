import { screen } from '@testing-library/react'
import { HttpResponse, http } from 'msw'
import { network } from './network'
import { aDataset, aPreview, anExport, datasetDetails } from './records'
import { renderApp } from './render'

type Sent = Record<string, unknown>

/** The configs that the form sent to previews and as new exports, since `serveForm`. */
export const previewed: Sent[] = []
export const created: Sent[] = []

/** Answer what the form of a new export calls. */
export function serveForm() {
  previewed.length = 0
  created.length = 0
  network.use(
    http.get('*/api/v1/datasets', () =>
      HttpResponse.json([
        aDataset(),
        aDataset({ kind: 'ips', title: 'IP records', rows: 0, first: null, last: null }),
      ]),
    ),
    http.get('*/api/v1/datasets/:kind', () => HttpResponse.json(datasetDetails())),
    http.post('*/api/v1/export/preview', async ({ request }) => {
      previewed.push((await request.json()) as Sent)
      return HttpResponse.json(aPreview())
    }),
    http.post('*/api/v1/export/', async ({ request }) => {
      created.push((await request.json()) as Sent)
      return HttpResponse.json(anExport())
    }),
  )
}

/** Render the form of a new export, and wait for its preview. */
export async function openForm(path = '/') {
  const app = renderApp(path)
  await screen.findByRole('checkbox', { name: 'Logs' })
  await screen.findByText('1,200')
  return app
}

import { screen, waitFor, within } from '@testing-library/react'
import { HttpResponse, http } from 'msw'
import { useState } from 'react'
import { beforeEach, expect, test } from 'vitest'
import type { FormatTest, FormatTrial, SavedFormat } from '@/lib/api/own-formats'
import { network, problemResponse } from '@/testing/network'
import { HOSTILE } from '@/testing/records'
import { renderPart } from '@/testing/render'
import { ChosenFiles } from './ChosenFiles'
import { FormatSelect } from './FormatSelect'
import type { ReadingOptions } from './upload-queue'

const PATTERN = '%{INT:n} %{WORD:w}'

function aTrial(changes: Partial<FormatTrial> = {}): FormatTrial {
  return {
    is_valid: true,
    lines: 2,
    loaded: 1,
    rejected: 1,
    rows: [{ line: 1, row: { timestamp: '2024-03-01T09:00:00+00:00', message: 'a b' } }],
    rejects: [
      {
        line: 2,
        text: `😀 1 ${HOSTILE}`,
        reason: 'does not match the pattern',
        matched_characters: 4,
        pattern_start: 9,
        pattern_end: 18,
      },
    ],
    fields: ['n', 'w'],
    errors: [],
    ...changes,
  }
}

const errors = [
  { field: 'pattern', value: 'é %{B9}', message: 'is not known', allowed: [], position: 4 },
  { field: 'timezone', value: 'x', message: 'is not a time zone', allowed: [], position: null },
]

let tested: FormatTest[]
let trial: FormatTrial

beforeEach(() => {
  tested = []
  trial = aTrial()
  network.use(
    http.post('*/api/v1/ingest/preview', () => problemResponse(422, { code: 'config_invalid', errors })),
    http.post('*/api/v1/formats/test', async ({ request }) => {
      tested.push((await request.json()) as FormatTest)
      return HttpResponse.json(trial)
    }),
  )
})

function Card({ file }: { file: File }) {
  const [options, setOptions] = useState<ReadingOptions>({
    kind: 'logs',
    format: 'klog',
    timezone: 'UTC',
    derive_ips: true,
    multiline: 'auto',
  })
  return (
    <>
      <ChosenFiles
        files={[file]}
        options={options}
        onChange={(changes) => setOptions((before) => ({ ...before, ...changes }))}
        onLoad={() => undefined}
        onDiscard={() => undefined}
      />
      <FormatSelect
        value={options}
        onChange={(changes) => setOptions((before) => ({ ...before, ...changes }))}
      />
      <output>{JSON.stringify(options)}</output>
    </>
  )
}

async function edit(file: File) {
  const view = renderPart(<Card file={file} />)
  const button = screen.getByRole('button', { name: 'Define the format' })
  expect(button).toHaveAttribute('aria-expanded', 'false')
  await view.user.click(button)
  await screen.findByRole('group', { name: 'Own format' })
  return view.user
}

const marks = () => Array.from(document.querySelectorAll('mark'), (mark) => mark.textContent)

test('a pattern is tested with the first lines, and each reject shows where it stops matching', async () => {
  const user = await edit(new File(['😀 1 x\nb\n'], 'a.log'))
  expect(screen.getByRole('textbox', { name: 'Lines to test' })).toHaveValue('😀 1 x\nb\n')
  expect(tested).toEqual([])
  await user.click(screen.getByRole('textbox', { name: 'Pattern' }))
  await user.paste(PATTERN)
  expect(await screen.findByText('2 lines: 1 would be loaded, 1 rejected.')).toBeVisible()
  expect(tested.at(-1)).toMatchObject({ kind: 'logs', pattern: PATTERN, text: '😀 1 x\nb\n' })
  const reject = screen.getByRole('group', { name: 'Rejected line 2' })
  expect(within(reject).getByText('Line 2 rejected: does not match the pattern')).toBeVisible()
  expect(marks()).toEqual([HOSTILE, '%{WORD:w}'])
  expect(document.querySelector('img[src=x]')).toBeNull()
  expect(within(screen.getByRole('table', { name: 'First rows' })).getByText('a b')).toBeVisible()
  // A pattern is a format of its own.
  expect(screen.getByRole('status')).toHaveTextContent(`"format":"auto"`)
})

test('an error is underlined in the pattern, and goes when the pattern is right', async () => {
  trial = aTrial({ is_valid: false, errors })
  const user = await edit(new File(['a'], 'a.log'))
  await user.click(screen.getByRole('textbox', { name: 'Pattern' }))
  await user.paste('é %{B9}')
  const alert = await screen.findByRole('alert')
  expect(alert).toHaveTextContent('pattern: is not known')
  expect(alert).toHaveTextContent('timezone: is not a time zone')
  expect(marks()).toEqual(['B9'])
  trial = aTrial({ rejects: [], rejected: 0 })
  await user.paste('x')
  await waitFor(() => expect(screen.queryByRole('alert')).toBeNull())
  expect(await screen.findByText('2 lines: 1 would be loaded, 0 rejected.')).toBeVisible()
  await user.click(screen.getByRole('button', { name: 'Preview the file' }))
  expect(await screen.findByLabelText('Place of the error')).toHaveTextContent('é %{B9} ^')
})

test('fields and times of records are tested, and lines of a compressed file are pasted', async () => {
  const user = await edit(new File([new Uint8Array([31, 139, 8, 0])], 'a.csv.gz'))
  const lines = screen.getByRole('textbox', { name: 'Lines to test' })
  expect(lines).toHaveValue('')
  await user.click(screen.getByRole('textbox', { name: 'Fields of columns' }))
  await user.paste('message=Content\ntimestamp=Date+Time\nnone')
  await user.click(screen.getByRole('textbox', { name: 'Form of times' }))
  await user.paste('%H')
  await user.click(lines)
  await user.paste('Date,Time,Content')
  await waitFor(() =>
    expect(tested.at(-1)).toMatchObject({
      map: { message: 'Content', timestamp: 'Date+Time' },
      time_format: '%H',
      text: 'Date,Time,Content',
    }),
  )
})

test('a format is saved, chosen from the list, changed and deleted', async () => {
  let saved: SavedFormat[] = []
  network.use(
    http.get('*/api/v1/formats', () => HttpResponse.json({ formats: saved })),
    http.put('*/api/v1/formats/:name', async ({ request, params }) => {
      const times = { created_at: '2026-01-01T00:00:00Z', updated_at: '2026-01-01T00:00:00Z' }
      saved = [{ ...((await request.json()) as SavedFormat), ...times, name: String(params.name) }]
      return HttpResponse.json(saved[0])
    }),
    http.delete('*/api/v1/formats/shop', () => {
      const [deleted] = saved
      saved = []
      return HttpResponse.json(deleted)
    }),
  )
  const user = await edit(new File(['a'], 'a.log'))
  await user.click(screen.getByRole('textbox', { name: 'Pattern' }))
  await user.paste(PATTERN)
  await user.type(screen.getByRole('textbox', { name: 'Format name' }), 'shop')
  await user.click(screen.getByRole('button', { name: 'Save format' }))
  await waitFor(() => expect(screen.queryByRole('group', { name: 'Own format' })).toBeNull())
  expect(saved[0]).toMatchObject({ name: 'shop', kind: 'logs', pattern: PATTERN, timezone: 'UTC' })
  expect(screen.getByRole('combobox', { name: 'Format' })).toHaveValue('shop')
  expect(document.querySelector('output')).toHaveTextContent('"format":"shop","timezone":"UTC"')
  expect(document.querySelector('output')).toHaveTextContent('"pattern":null')
  await user.click(screen.getByRole('button', { name: 'Define the format' }))
  expect(await screen.findByRole('textbox', { name: 'Pattern' })).toHaveValue(PATTERN)
  expect(screen.getByRole('textbox', { name: 'Format name' })).toHaveValue('shop')
  expect(screen.getByRole('button', { name: 'Replace format' })).toBeVisible()
  await user.click(screen.getByRole('button', { name: 'Delete format' }))
  await user.click(await screen.findByRole('button', { name: 'Delete' }))
  await waitFor(() => expect(saved).toEqual([]))
  expect(await screen.findByRole('button', { name: 'Save format' })).toBeVisible()
})

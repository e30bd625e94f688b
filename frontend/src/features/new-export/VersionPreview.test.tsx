import { render, screen } from '@testing-library/react'
import { expect, test } from 'vitest'
import { createWrapper } from '@/testing/render'
import { IncrementText, VersionPreview } from './VersionPreview'

const VERSION = {
  dataset: 'plant',
  number: 13,
  data_versions: ['1.11.1', '1.12.0'],
  parent: 'v12',
  is_major: false,
  reason: null,
  blocked: null,
  start_date: null,
  end_before: null,
}

test('the preview names the version and why the export would fail', () => {
  const { rerender } = render(<VersionPreview version={VERSION} />, { wrapper: createWrapper() })
  expect(screen.getByText('plant v13, data version 1.11.1 or 1.12.0, after v12.')).toBeVisible()
  const other = { ...VERSION, reason: 'split changed', blocked: 'Version 12 of plant is held.' }
  rerender(<VersionPreview version={other} />)
  expect(screen.getByText(/after v12\. Split changed\./)).toBeVisible()
  expect(screen.getByText('Version 12 of plant is held.')).toBeVisible()
  rerender(<VersionPreview version={{ ...VERSION, warning: 'the times of 3 rows place the splits' }} />)
  expect(screen.getByText('The times of 3 rows place the splits.')).toBeVisible()
})

test('each data type says which rows are read', () => {
  const { rerender } = render(
    <IncrementText increment={{ mode: 'append', kept_rows: 1200, reason: null }} />,
    { wrapper: createWrapper() },
  )
  expect(
    screen.getByText(/Only new rows are read; 1.200 rows of the version before are kept\./),
  ).toBeVisible()
  rerender(<IncrementText increment={{ mode: 'whole', kept_rows: 0, reason: 'these rows change' }} />)
  expect(screen.getByText('All rows are read: these rows change.')).toBeVisible()
})

import { keepPreviousData, queryOptions } from '@tanstack/react-query'
import { type Schemas, api, unwrap } from './client'

export type FormatTrial = Schemas['FormatTrial']
type AnyTest = Schemas['FormatTest']
/** The form's choices are texts, which the service checks. */
export type FormatTest = Omit<AnyTest, 'kind' | 'default_level'> & {
  kind: string
  default_level?: string | null
}

/** What a load in this format would make of a few lines, or what is wrong with the format. */
export const formatTestQuery = (test: FormatTest) =>
  queryOptions({
    queryKey: ['format-test', test],
    queryFn: ({ signal }) => unwrap(api.POST('/api/v1/formats/test', { body: test as AnyTest, signal })),
    placeholderData: keepPreviousData,
    retry: false,
  })

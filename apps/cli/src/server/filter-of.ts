import { parseMetadataFilter, type MetadataFilter } from '@fashionmatch/domain';

/** The filter of a request, where there is one. @throws FilterSyntaxError */
export function filterOf(where: string | undefined): MetadataFilter | undefined {
  return where === undefined || where.trim() === '' ? undefined : parseMetadataFilter(where);
}

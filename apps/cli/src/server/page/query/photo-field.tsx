import type { JSX, TargetedDragEvent } from 'preact';
import { useEffect, useState } from 'preact/hooks';

import { useNavigation } from '../address/navigation.js';
import { keepPhoto, keptPhoto } from './kept-photos.js';
import { RegionPicker } from './region-picker.js';
import { regionText } from './region.js';

const TYPES = 'image/jpeg,image/png,image/webp,image/avif,image/heic,image/heif,.heic,.heif,image/tiff,image/gif';

/** A photo to look for, or a part of it. */
export function PhotoField({ onChosen }: { readonly onChosen: () => void }): JSX.Element {
  const { state, go } = useNavigation();
  const [isOver, setIsOver] = useState(false);
  const photo = state.query.kind === 'photo' ? keptPhoto(state.query.name) : undefined;
  const choose = (chosen: File | undefined): void => {
    if (!chosen) return;
    const query = { kind: 'photo', name: keepPhoto(chosen), region: undefined } as const;
    go({ view: 'items', query, page: 1, item: undefined });
    onChosen();
  };
  const drop = (event: TargetedDragEvent<HTMLDivElement>): void => {
    event.preventDefault();
    setIsOver(event.type === 'dragover');
    if (event.type === 'drop') choose(event.dataTransfer?.files[0]);
  };
  return (
    <div id="drop" class={isOver ? 'over' : ''} onDragOver={drop} onDragLeave={drop} onDrop={drop}>
      {photo && <ChosenPhoto photo={photo} />}
      <label for="photo">{photo ? 'Another photo' : 'Drop a photo here, or choose one'}</label>
      <input
        id="photo"
        type="file"
        accept={TYPES}
        onChange={({ currentTarget }) => {
          choose(currentTarget.files?.[0]);
          currentTarget.value = '';
        }}
      />
    </div>
  );
}

function ChosenPhoto({ photo }: { readonly photo: File }): JSX.Element {
  const { state, go } = useNavigation();
  const [source, setSource] = useState<string>();
  const [isShown, setIsShown] = useState<boolean>();
  useEffect(() => {
    const address = URL.createObjectURL(photo);
    setSource(address);
    setIsShown(undefined);
    return () => {
      URL.revokeObjectURL(address);
    };
  }, [photo]);
  const { query } = state;
  if (query.kind !== 'photo') return <></>;
  if (isShown === false) {
    return <p class="quiet">This browser cannot show this kind of photo; it is looked for all the same.</p>;
  }
  return (
    <>
      <div class="chosen">
        <div class="photo">
          <img
            id="preview"
            src={source}
            alt="The photo that is looked for"
            onLoad={() => {
              setIsShown(true);
            }}
            onError={() => {
              setIsShown(false);
            }}
          />
          {isShown && (
            <RegionPicker
              region={query.region}
              onPick={(region) => {
                go({ query: { ...query, region }, item: undefined }, query.region ? 'replace' : 'push');
              }}
            />
          )}
        </div>
      </div>
      <output id="region-numbers" class="quiet">
        {query.region ? `Looked for: ${regionText(query.region)}.` : 'The whole photo is looked for.'}
      </output>
      <p id="region-help" class="quiet">
        Draw a rectangle to look for a part of it. With keys: arrows move it, Shift and arrows resize it, Escape takes
        it away.
      </p>
    </>
  );
}

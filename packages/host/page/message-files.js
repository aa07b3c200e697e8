/** The files of a message: pictures are shown, everything else can be saved. */
export function filesNode(files) {
  const list = document.createElement('ul');
  list.className = 'files';
  for (const file of files) {
    const item = document.createElement('li');
    const link = document.createElement('a');
    link.href = `/files/${encodeURIComponent(file.key)}`;
    link.download = file.name;
    if (file.type === 'image') {
      const picture = document.createElement('img');
      picture.src = link.href;
      picture.alt = file.name;
      picture.loading = 'lazy';
      link.append(picture);
    } else {
      link.textContent = `Save ${file.name}`;
    }
    item.append(link);
    list.append(item);
  }
  return list;
}

// What the official Node SDK does against a server; the answers are printed as JSON for the test that runs this.
const fs = require("fs");
const os = require("os");
const path = require("path");
const { v2: cloudinary } = require("cloudinary");

const [origin, picture] = process.argv.slice(2);
const api = cloudinary.api;

function uploadLarge(file, options) {
  return new Promise((resolve, reject) =>
    cloudinary.uploader.upload_large(file, { ...options }, (error, result) => (error ? reject(error) : resolve(result)))
  );
}

function uploadStream(data, options) {
  return new Promise((resolve, reject) =>
    cloudinary.uploader
      .upload_stream(options, (error, result) => (error ? reject(error) : resolve(result)))
      .end(data)
  );
}

async function main() {
  const delivered = { secure: false, cname: origin.replace("http://", "") };
  const told = {};
  told.ping = await api.ping();
  const data = fs.readFileSync(picture);
  told.upload = await cloudinary.uploader.upload(picture, {
    public_id: "node/a b",
    tags: ["node", "x&y"],
    context: { caption: "a|b=c" },
    asset_folder: "node/sub",
  });
  told.stream = await uploadStream(data, { public_id: "node/stream", tags: "node" });
  const large = path.join(os.tmpdir(), `fototeca-node-${process.pid}.bin`);
  fs.writeFileSync(large, Buffer.alloc(6 * 2 ** 20 + 5, "fototeca"));
  told.large = await uploadLarge(large, { resource_type: "raw", chunk_size: 5 * 2 ** 20, public_id: "node/large.bin" });
  fs.unlinkSync(large);
  const search = () => cloudinary.search.expression("tags=node").sort_by("public_id", "asc").with_field("context");
  told.search = await search().aggregate("format").execute();
  told.page = await search().max_results(1).execute();
  told.last = await search().max_results(1).next_cursor(told.page.next_cursor).execute();
  told.url = search().max_results(1).to_url(600, undefined, { ...delivered });
  told.cursorUrl = search().max_results(1).to_url(600, told.page.next_cursor, { ...delivered });
  told.foreign = cloudinary.search.expression("tags=é OR tags=node").to_url(60, undefined, { ...delivered });
  told.folders = await cloudinary.search_folders.expression("path=node/sub").execute();
  told.resource = await api.resource("node/a b");
  told.visual = await api.visual_search({ text: "node" });
  told.subfolders = await api.sub_folders("node");
  told.error = await api.resource("nothing").catch((error) => error.error);
  told.destroy = await cloudinary.uploader.destroy("node/stream", { invalidate: true });
  told.deleted = await api.delete_resources(["node/a b"]);
  console.log(JSON.stringify(told));
}

main().catch((error) => {
  console.error(JSON.stringify(error, Object.getOwnPropertyNames(error || {})));
  process.exit(1);
});

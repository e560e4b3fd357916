-- Every image that a modality stores goes to the other archive at once, so the copy is warm.
-- What came from there (RequestOrigin is its C-STORE) must not go back: its AET tells.
function OnStoredInstance(id, tags, metadata, origin)
  if origin["RequestOrigin"] == "Lua" then return end
  if origin["RequestOrigin"] == "DicomProtocol" and string.sub(origin["RemoteAet"], 1, 5) == "PACS-" then return end
  SendToModality(id, "copy")
end

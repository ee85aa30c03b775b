<?xml version="1.0" encoding="UTF-8"?>
<tileset version="1.8" tiledversion="1.8.2" name="terrain" tilewidth="16" tileheight="16" tilecount="8" columns="4">
 <image source="tiles.png" width="64" height="32"/>
 <tile id="0" type="grass"/>
 <tile id="1" type="wall">
  <properties>
   <property name="solid" type="bool" value="true"/>
  </properties>
 </tile>
 <tile id="2" type="lava">
  <properties>
   <property name="damage" type="float" value="2.5"/>
   <property name="note" value="hot"/>
  </properties>
 </tile>
 <tile id="3">
  <properties>
   <property name="name" value="ledge"/>
   <property name="one_way" value="up"/>
  </properties>
 </tile>
 <tile id="5">
  <animation>
   <frame tileid="5" duration="100"/>
   <frame tileid="6" duration="200"/>
  </animation>
 </tile>
</tileset>
